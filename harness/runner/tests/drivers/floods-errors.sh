# Prints on standard error without end, but answers.
. "${0%/*}/prelude"
hello
opened
yes "still working" >&2 &
call
ok
serve
