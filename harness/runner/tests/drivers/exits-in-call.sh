# Exits in the middle of a call.
. "${0%/*}/prelude"
hello
opened
call
echo "panic: index out of range" >&2
exit 2
