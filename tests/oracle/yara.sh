#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# spoor runs libyara only where a rule may match (yara_need.c); here no hit may be lost by it: the rules of yara.yar over specimens and the machine's own programs, against yara.
. tests/cli/lib.bash
command -v yara >/dev/null || { echo "skip: yara is not installed"; exit 0; }
mkdir "$T/tree"
tests/rules/make-specimens "$T/specimens" >"$T/make" 2>&1 || { fail "specimens"; cat "$T/make"; exit 1; }
{
	find "$T/specimens" -type f | sort
	find /usr -xdev -type f \( -iname '*.dll' -o -iname '*.exe' \) -size -700k | sort | head -n 200
	find /usr/bin -type f -size -300k | sort | head -n 150
} >"$T/list"
n=0
while read -r f; do
	n=$((n + 1))
	cp "$f" "$T/tree/$n"
done <"$T/list"
yara -r tests/oracle/yara.yar "$T/tree" 2>"$T/err" | sed "s#$T/tree/##" | sort >"$T/theirs"
"$SPOOR" scan -q -r tests/oracle/yara.yar "$T/tree" >"$T/out" || [ $? = 1 ] || fail "exit $?"
jq -r 'select(.method == "yara" and (.locator | test("::dir:/[0-9]+$")) and (.why | startswith("in ") | not)) | .rule + " " + .name' "$T/out" | sort >"$T/ours"
[ "$(wc -l <"$T/theirs")" -gt 1000 ] || fail "yara has $(wc -l <"$T/theirs") hits only"
missing=$(cut -d ' ' -f 1 "$T/theirs" | sort -u | comm -13 - <(sed -n 's/^rule \([a-z0-9_]*\).*/\1/p' tests/oracle/yara.yar | sort -u) | tr '\n' ' ')
diff "$T/theirs" "$T/ours" >"$T/diff" || { fail "hits differ:"; head -n 20 "$T/diff"; }
echo "$n files, $(wc -l <"$T/theirs") hits of yara, $(wc -l <"$T/ours") of spoor; rules without a hit: $missing"
finish
