# Answers with a status that is text.
. "${0%/*}/prelude"
hello
opened
call
printf '{"type":"done","id":%s,"outcome":{"kind":"error","class":"api","status":"403","message":"no"}}\n' "$id"
serve
