# Does not wait for `stored`.
. "${0%/*}/prelude"
hello
opened
converge
stores
ok
serve
