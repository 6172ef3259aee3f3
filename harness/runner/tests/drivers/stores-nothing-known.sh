# Stores for a lifecycle that does not run.
. "${0%/*}/prelude"
hello
opened
converge
id=99
stores
serve
