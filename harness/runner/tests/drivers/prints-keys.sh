# Prints the key it was given.
. "${0%/*}/prelude"
hello
opened
call
printf '%s\n' '-----BEGIN PRIVATE KEY-----' 'MIIEverysecret' '-----END PRIVATE KEY-----' 'done' >&2
exit 1
