# Says hello once more.
. "${0%/*}/prelude"
hello
opened
call
hello
