# Says `closed` when it crashes, and in the next session something of what was in flight.
. "${0%/*}/prelude"
hello
opened
converge
read -r line # crash
printf '{"type":"closed","session":%s}\n' "$session"
read -r line # open
waits 5
serve
