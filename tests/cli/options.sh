#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Options that every module shares: lists of evidence, --where, what is said after a slip of the finger, completions.
. tests/cli/lib.bash
fixtures ext4 demo
img=$F/ext4.img
mbox=$F/demo/ann.mbox

# lists: the same bytes as operands, whatever they come from; names with line breaks need --null
"$SPOOR" walk -q "$img" "$mbox" >"$T/want"
printf '%s\n\n%s\n' "$img" "$mbox" >"$T/list"
status 0 "$SPOOR" walk -q --files-from "$T/list"
cmp -s "$T/out" "$T/want" || fail "--files-from a file differs from operands"
printf '%s\0%s\0' "$img" "$mbox" | "$SPOOR" walk -q --files-from - -0 >"$T/out" || fail "--files-from - -0"
cmp -s "$T/out" "$T/want" || fail "--files-from - -0 differs from operands"
printf '%s' "$mbox" | "$SPOOR" walk -q --files-from=- "$img" >"$T/out" || fail "a list behind an operand"
cmp -s "$T/out" "$T/want" || fail "an operand and a list differ from operands"
cp "$mbox" "$T/a"$'\n'"b.mbox"
printf '%s\0' "$T/a"$'\n'"b.mbox" | "$SPOOR" walk -q -0 --files-from - >"$T/out" || fail "a name with a line break in a list of --null"
grep -q '"kind":"message"' "$T/out" || fail "a name with a line break is not opened"
printf '%s\0' "$img" >"$T/nul"
status 2 "$SPOOR" walk --files-from "$T/nul"
grep -q -- --null "$T/err" || fail "a list with NUL bytes: --null is not named"
status 2 "$SPOOR" walk --files-from /dev/null
status 2 "$SPOOR" walk --files-from "$T/not-there"
status 2 "$SPOOR" walk --null "$img"

# --where leaves records out, never evidence, errors or the end; what comes out can go on through the chain
status 0 "$SPOOR" walk -q --where 'type = node and size > 600000' "$img"
jq -e -s 'map(select(.type == "node" and (.size | tonumber) <= 600000)) == [] and (map(.type) | index("evidence")) and .[-1].type == "end" and (map(select(.type == "node")) | length) == 3 and .[-1].counts.node == 3' "$T/out" >/dev/null || fail "--where on walk"
"$SPOOR" parse -q <"$T/out" >"$T/parsed" || fail "parse of what --where left"
grep -q '"type":"event"' "$T/parsed" || fail "no event of what --where left"
"$SPOOR" parse -q "$img" >"$T/all"
"$SPOOR" timeline -q --where 'kind ~ file and time < 1990-01-01' <"$T/all" >"$T/early" || fail "timeline --where"
jq -r 'select(.type == "event") | .time' "$T/early" | sort -c || fail "timeline --where is not sorted"
[ "$(jq -r 'select(.type == "event") | .time' "$T/early" | wc -l)" = "$(jq -r 'select(.type == "event" and (.kind | ascii_downcase | contains("file")) and .time < "1990") | .time' "$T/all" | wc -l)" ] || fail "timeline --where and jq count differently"
status 2 "$SPOOR" walk --where 'sise > 3' "$img"
grep -q "at 'sise > 3'" "$T/err" || fail "a wrong condition does not say where"
status 2 "$SPOOR" walk --where 'size >' "$img"
status 2 "$SPOOR" triage --where 'size > 3' -o "$T/case" "$img"
[ -e "$T/case" ] && fail "a usage error left a case directory"

# says what to do next
said() { local want=$1; shift; status 2 "$SPOOR" "$@"; grep -q -- "$want" "$T/err" || fail "'$*' does not say '$want': $(cat "$T/err")"; [ -s "$T/out" ] && fail "'$*' writes to standard output"; }
said "'--hash'" walk --hsh x
said "'--rules'" scan --rule x
said "'spoor scan'" walk --rules x
said "spoor walk" wakl
said "spoor help" frobnicate
said "give -o DIR" triage "$img"
said "options come before evidence" walk "$img" --shallow
said "options come before evidence: .-q" walk "$img" -q
said "from 1 to 64" walk --workers 0 "$img"

# completions: each shell's own syntax check, every module and option in each of them
for shell in bash zsh fish; do
	status 0 "$SPOOR" __complete $shell
	cp "$T/out" "$T/complete.$shell"
	cmp -s "$T/out" "$BUILD"/completions/$shell/* || fail "completions/$shell is not what __complete $shell prints"
	for word in triage verify selftest files-from where exit-findings; do grep -q -- "$word" "$T/out" || fail "$shell: no completion of $word"; done
	if command -v $shell >/dev/null; then $shell -n "$T/complete.$shell" || fail "$shell refuses its script"; else echo "skip: $shell is not installed, its completion script is not checked by it"; fi
done
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _spoor; printf '%s' "${COMPREPLY[*]}"; }
# shellcheck disable=SC1091
. "$T/complete.bash"
[ "$(try spoor tri)" = triage ] || fail "bash: tri is not completed"
[ "$(try spoor scan --ru)" = --rules ] || fail "bash: --ru is not completed"
[ "$(try spoor walk --ru)" = "" ] || fail "bash: walk has no --rules"
[ "$(try spoor timeline --format ts)" = tsv ] || fail "bash: values of --format"
mkdir -p "$T/out dir"
[ "$(try spoor triage -o "$T/out d")" = "$T/out dir" ] || fail "bash: directories for -o"
status 2 "$SPOOR" __complete tcsh
finish
