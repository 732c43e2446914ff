#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every remote tool that is publicly known has its row, and each row a way to the tenant or a reason why not (tenants.tsv).
set -u
rows() { grep -v '^#' src/correlate/remote_tools.tsv; }
bad=0
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
rows | cut -f 1 | LC_ALL=C sort >"$T/rows"
rows | awk -F '\t' '$9 == "" || $9 == "-" { print $1 }' | LC_ALL=C sort >"$T/without"
grep -v '^#' tests/oracle/tenants.tsv | awk -F '\t' '$2 != "" { print $1 }' | LC_ALL=C sort >"$T/reasons"
diff "$T/without" "$T/reasons" >"$T/diff" || { echo "tools without a tenant (<) and reasons for that (>) differ:"; cat "$T/diff"; bad=1; }
echo "$(wc -l <"$T/rows") tools; of $(($(wc -l <"$T/rows") - $(wc -l <"$T/without"))) the tenant is looked for; of the others, why not:"
grep -v '^#' tests/oracle/tenants.tsv
if [ -e ../shared/facts/rmm.tsv ]; then
	tail -n +2 ../shared/facts/rmm.tsv | cut -f 1 | LC_ALL=C sort >"$T/known"
	[ -s "$T/known" ] && LC_ALL=C comm -13 "$T/rows" "$T/known" >"$T/missing"
	[ -s "$T/missing" ] && { echo "tools without a row:"; cat "$T/missing"; bad=1; }
	echo "$(wc -l <"$T/known") known tools compared"
else
	echo "skip: ../shared/facts/rmm.tsv is not there, known tools are not compared"
fi
exit $bad
