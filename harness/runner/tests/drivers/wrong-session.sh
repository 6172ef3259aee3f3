# Says that another session is open.
. "${0%/*}/prelude"
hello
read -r line
echo '{"type":"opened","session":9}'
serve
