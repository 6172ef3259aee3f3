# Is killed in the middle of a call.
. "${0%/*}/prelude"
hello
opened
call
kill -9 $$
