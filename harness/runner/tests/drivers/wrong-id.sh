# Answers a call that was not made.
. "${0%/*}/prelude"
hello
opened
call
id=99
ok
serve
