# Is in trouble and says so.
. "${0%/*}/prelude"
hello
opened
call
echo '{"type":"trouble","message":"no room for another client"}'
serve
