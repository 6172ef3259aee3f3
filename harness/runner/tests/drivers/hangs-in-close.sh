# Never answers a close.
. "${0%/*}/prelude"
hello
opened
call
ok
read -r line
read -r line
