# Declares a capability that does not exist.
. "${0%/*}/prelude"
echo '{"type":"hello","versions":[1],"name":"script","version":"1","language":"sh","capabilities":["teleport"],"operations":[],"concurrency":1}'
serve
