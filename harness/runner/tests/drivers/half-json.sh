# Answers with half a message.
. "${0%/*}/prelude"
hello
opened
call
printf '{"type":"done","id":\n'
serve
