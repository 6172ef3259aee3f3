# Greets people where messages are expected.
. "${0%/*}/prelude"
echo "Starting driver v1"
serve
