# Says that it can do nothing at a time.
. "${0%/*}/prelude"
echo '{"type":"hello","versions":[1],"name":"script","version":"1","language":"sh","capabilities":[],"operations":[],"concurrency":0}'
serve
