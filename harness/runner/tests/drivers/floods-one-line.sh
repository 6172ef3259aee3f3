# Prints a line without end.
. "${0%/*}/prelude"
hello
opened
call
exec tr '\0' 'x' < /dev/zero
