# Speaks another version of the protocol.
. "${0%/*}/prelude"
echo '{"type":"hello","versions":[2,3],"name":"script","version":"1","language":"sh","capabilities":[],"operations":[],"concurrency":1}'
serve
