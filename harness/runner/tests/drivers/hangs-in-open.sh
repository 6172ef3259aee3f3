# Says what it is, and then nothing.
. "${0%/*}/prelude"
hello
while read -r line; do :; done
