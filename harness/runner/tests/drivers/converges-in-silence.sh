# Starts a lifecycle, and then nothing.
. "${0%/*}/prelude"
hello
opened
converge
waits 5
while read -r line; do
	case $line in *'"type":"crash"'*) printf '{"type":"closed","session":%s}\n' "$session"; break ;; esac
done
serve
