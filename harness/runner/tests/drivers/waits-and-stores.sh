# A lifecycle that waits twice and stores its resource.
. "${0%/*}/prelude"
hello
opened
converge
waits 5
waits 10
stores
read -r line # stored
case $line in
*refused*) printf '{"type":"done","id":%s,"outcome":{"kind":"error","class":"other","message":"not stored"}}\n' "$id" ;;
*) ok ;;
esac
serve
