# Answers the first call of its life, and none after it.
. "${0%/*}/prelude"
hello
opened
call
ok
while read -r line; do
	case $line in
	*'"type":"open"'*) member session; printf '{"type":"opened","session":%s}\n' "$number" ;;
	*'"type":"close"'*) member session; printf '{"type":"closed","session":%s}\n' "$number" ;;
	esac
done
