# Never answers a call.
. "${0%/*}/prelude"
hello
opened
call
read -r line
read -r line
