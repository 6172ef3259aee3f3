# Starts something that outlives it; its number goes to standard error.
. "${0%/*}/prelude"
hello
opened
# It holds none of the pipes, so that nobody would notice it.
sleep 1000 > /dev/null 2>&1 < /dev/null &
echo "$!" >&2
call
exit 1
