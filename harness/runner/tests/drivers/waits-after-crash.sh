# Says `closed` when it crashes, and then something of what was in flight.
. "${0%/*}/prelude"
hello
opened
converge
read -r line # crash
printf '{"type":"closed","session":%s}\n' "$session"
waits 5
serve
