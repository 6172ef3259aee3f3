# Crashes while its resource is being stored.
. "${0%/*}/prelude"
hello
opened
converge
stores
read -r line # crash
printf '{"type":"closed","session":%s}\n' "$session"
serve
