# Does everything right.
. "${0%/*}/prelude"
hello
serve
