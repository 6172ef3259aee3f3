# Says `closed` when it crashes, and then that what was in flight is done.
. "${0%/*}/prelude"
hello
opened
converge
read -r line # crash
printf '{"type":"closed","session":%s}\n' "$session"
ok
serve
