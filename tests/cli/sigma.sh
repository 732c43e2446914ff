#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sigma rules from the command line: own ones and others, alone and in a pipe and in a bundle; what can't be used is told and costs only itself.
. tests/cli/lib.bash

mkdir -p "$T/tree/Users/a/AppData/Local/WinSys" "$T/rules"
echo x >"$T/tree/Users/a/AppData/Local/WinSys/Secure System.exe"
echo x >"$T/tree/Users/a/other.exe"
rule() { printf 'title: %s\nid: %s\nlevel: high\nlogsource: {product: %s, category: %s}\ndetection:\n    s: {%s}\n    condition: %s\n' "$@"; }
hits() { jq -r 'select(.type == "hit" and .method == "sigma") | .rule' "$T/out" | sort | tr '\n' ' '; }

status 0 "$SPOOR" scan -q --sigma own "$T/tree"
[ "$(hits)" = "CannonRat program in a WinSys folder " ] || fail "own rules: $(hits)"
jq 'select(.type == "hit") | .locator == "'"$T"'/tree::dir:/Users/a/AppData/Local/WinSys/Secure%20System.exe" and .score == 60 and .sha256 != null and .rule_id != null' "$T/out" | grep -qx true || fail "what the hit says"
status 0 "$SPOOR" scan -q "$T/tree"
[ -z "$(hits)" ] || fail "without --sigma: $(hits)"
"$SPOOR" walk -q "$T/tree" >"$T/walk"
status 0 "$SPOOR" scan -q --sigma own <"$T/walk"
[ "$(hits)" = "CannonRat program in a WinSys folder " ] || fail "in a pipe: $(hits)"

rule Other 1 spoor node 'name|endswith: .exe' s >"$T/rules/a.yml"
rule Elsewhere 2 linux process_creation 'A: 1' s >"$T/rules/b.yml"
rule Unknown 3 windows process_creation 'A|expand: "%x%"' s >"$T/rules/c.yaml"
rule Wrong 4 spoor node 'name: x' nothing >"$T/rules/d.yml"
printf 'title: [\n' >"$T/rules/e.yml"
echo 'title: not taken' >"$T/rules/f.txt"
status 1 "$SPOOR" scan -q --sigma "$T/rules" "$T/tree"
[ "$(hits)" = "Other Other " ] || fail "a folder of rules: $(hits)"
said() { jq -r 'select(.type == "'"$1"'" and .kind == "'"$2"'").message' "$T/out"; }
[ "$(said note rule.elsewhere)" = "rule Elsewhere in b.yml is left out: log source that spoor has no events of: product: linux" ] || fail "elsewhere: $(said note rule.elsewhere)"
[ "$(said error rule.compile | wc -l)" = 3 ] || fail "left out: $(said error rule.compile)"
said error rule.compile | grep -q 'rule Unknown in c.yaml is left out: .*expand' || fail "an unknown modifier is not named"
said error rule.compile | grep -q 'rule Wrong in d.yml is left out: .*nothing' || fail "an unknown selection is not named"
said error rule.compile | grep -q 'rule file e.yml' || fail "a file that is no YAML is not named"
said note rules | grep -q '^1 Sigma rules loaded$' || fail "how many rules are loaded"
status 0 "$SPOOR" scan -q --sigma "$T/rules/a.yml" "$T/tree"
status 2 "$SPOOR" scan -q --sigma "$T/none" "$T/tree"
status 10 "$SPOOR" scan -q --exit-findings 75 --sigma "$T/rules/a.yml" "$T/tree"

status 0 "$SPOOR" triage -q -o "$T/case" "$T/tree"
jq 'select(.method == "sigma") | .rule == "CannonRat program in a WinSys folder"' "$T/case/data/findings.jsonl" | grep -qx true || fail "the bundle has no finding of a Sigma rule"
grep -q 'CannonRat program in a WinSys folder' "$T/case/data/report.html" || fail "nor has the report"
status 0 "$SPOOR" verify -q "$T/case"

# event logs, where the samples are there
log=$BUILD/evidence/evtx
if [ -d "$log" ]; then
	rule Clear 5 windows none 'EventID: 1102' s | sed 's/category: none/service: security/' >"$T/rules/clear.yml"
	f=$(grep -l -a -P '1\x00?' "$log"/*.evtx 2>/dev/null | head -n 12)
	status 0 "$SPOOR" scan -q --errors-ok --sigma "$T/rules/clear.yml" $f
	cp "$T/out" "$T/scan"
	wanted=$("$SPOOR" parse -q --errors-ok $f | jq -c 'select(.data.event_id == 1102 and .data.channel == "Security") | [.locator, .offset]' | sort)
	[ -n "$wanted" ] || fail "no log was cleared in the samples"
	[ "$(jq -c 'select(.rule == "Clear") | [.locator, .offset]' "$T/scan" | sort)" = "$wanted" ] || fail "hits are not the events that parse gives"
	[ -z "$(jq -r 'select(.type == "event").type' "$T/scan")" ] || fail "scan writes events"
else
	echo "skip: no samples of event logs in $log"
fi
exit $bad
