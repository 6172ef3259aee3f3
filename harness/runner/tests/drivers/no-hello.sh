# Starts and says nothing.
. "${0%/*}/prelude"
read -r line
