# Answers a call twice.
. "${0%/*}/prelude"
hello
opened
call
ok
ok
serve
