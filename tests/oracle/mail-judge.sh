#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Signs of phishing in phishing and in wanted mail; links behind rewriters against what is known of them; results of authentication against Python's authres.
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" mail >/dev/null || exit 1
make -C "$BUILD" -s tests/oracle/mail-link >/dev/null || exit 1
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
mail=$BUILD/evidence/mail bad=0
for corpus in ham phish; do
	"$SPOOR" scan -q "$mail/judge/$corpus" >"$T/$corpus" || [ $? = 1 ] || bad=1
	"$SPOOR" parse -q "$mail/judge/$corpus" >"$T/$corpus.parsed" || [ $? = 1 ] || bad=1
done
tests/oracle/mail-signs "$T/ham" "$T/phish" || bad=1
# rows whose expectation is a link; what stands behind " ; " is told of it
awk -F '\t' 'NR > 1 && $3 ~ /^https?:/ { sub(/ ; .*/, "", $3); print $2 > L; print $3 > E }' L="$T/links" E="$T/expected" "$mail/vectors/url-rewriters.tsv"
"$BUILD/tests/oracle/mail-link" <"$T/links" | cut -f 2 >"$T/got"
[ -s "$T/expected" ] && diff "$T/expected" "$T/got" >"$T/diff" || { echo "links lead elsewhere:"; cat "$T/diff"; bad=1; }
echo "$(wc -l <"$T/expected") links compared"
if /usr/bin/python3 -c 'import authres' 2>/dev/null; then
	for corpus in ham phish; do
		tests/oracle/mail-auth "$mail/judge/$corpus" "$T/$corpus.parsed" || bad=1
	done
else
	echo "skip: python3-authres is not installed, results of authentication are not compared"
fi
exit $bad
