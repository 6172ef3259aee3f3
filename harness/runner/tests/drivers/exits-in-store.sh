# Ends while its resource is being stored.
. "${0%/*}/prelude"
hello
opened
converge
stores
exit 2
