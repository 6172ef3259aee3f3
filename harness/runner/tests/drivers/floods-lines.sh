# Prints for people without end.
. "${0%/*}/prelude"
hello
opened
call
exec yes "still working"
