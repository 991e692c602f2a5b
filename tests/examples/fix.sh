#!/bin/sh
# Finds what is wrong with a domain, shows what would be changed, changes it and puts it
# back. RD_URL is https://SERVER:2087/cgi/relaydoctor/admin.cgi, RD_USER and RD_TOKEN a
# WHM login and its API token; RD_CA a certificate to trust, where WHM has its own.
set -eu

finding=$1 word=${2-}

# The header by a file, so that no list of processes shows the token.
header=$(mktemp)
trap 'rm -f "$header"' EXIT
printf 'Authorization: whm %s:%s\n' "$RD_USER" "$RD_TOKEN" >"$header"

call() {
	name=$1
	shift
	curl -sS ${RD_CA:+--cacert "$RD_CA"} -H "@$header" "$@" "$RD_URL?api=v1/$name"
}

post() {
	call "$1" -H 'Content-Type: application/json' --data "$2"
}

# One member of the answer's data; without "result":1 the reason, and the end.
member() {
	python3 -c 'import json, sys
reply = json.load(sys.stdin)
if reply["metadata"]["result"] != 1:
    sys.exit(reply["code"] + ": " + reply["detail"])
print(reply["data"][sys.argv[1]])' "$1"
}

call 'findings&severity=critical&limit=50' | member matching
digest=$(post plan "{\"finding\":\"$finding\"}" | member digest)

# The same key with the same body is never done twice: safe to send again.
change=$(post apply "{\"finding\":\"$finding\",\"digest\":\"$digest\",\"typed\":\"$word\",
	\"idempotency_key\":\"order-$$-$digest\"}" | member id)
echo "changed: $change"
post undo "{\"id\":\"$change\",\"idempotency_key\":\"back-$change\"}" | member state
