# Cannot even start, and says why on standard error.
. "${0%/*}/prelude"
echo "cannot find module uni" >&2
exit 3
