#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Progress: only on a terminal, at most five lines a second, gone at the end, and no byte of the output depends on it.
. tests/cli/lib.bash
fixtures demo
command -v script >/dev/null || { echo "skip: script (util-linux) is not installed"; finish; }
S=$(readlink -f "$SPOOR")
truncate -s 512M "$T/zeros.img"
# on_terminal NAME=VALUE... -- ARGUMENTS: standard error is a terminal, standard output a file; the typescript is what a person would see
on_terminal() {
	local set=()
	while [ "$1" != -- ]; do set+=("$1"); shift; done
	shift
	env "${set[@]}" script -qec "$(printf '%q ' "$S" "$@") >$(printf '%q' "$T/out")" "$T/typescript" </dev/null >/dev/null
}
begun=$(date +%s%N)
on_terminal TERM=xterm -- verify "$T/zeros.img" || fail "verify on a terminal: exit $?"
took=$((($(date +%s%N) - begun) / 200000000))
lines=$(tr '\r' '\n' <"$T/typescript" | grep -c '^spoor verify: .* | [0-9]* nodes')
[ "$lines" -ge 1 ] || fail "no progress on a terminal: $(cat -v "$T/typescript")"
[ "$lines" -le $((took + 2)) ] || fail "$lines lines of progress in $took fifths of a second"
tr '\r' '\n' <"$T/typescript" | grep -q 'reading .* of 512.0 MiB [0-9]*%' || fail "progress does not say how much of how much: $(cat -v "$T/typescript")"
grep -q $'\r\x1b\\[Kspoor verify: 1 evidence item checked' "$T/typescript" || fail "the line is not cleared before the summary: $(cat -v "$T/typescript")"
"$SPOOR" verify -q "$T/zeros.img" >"$T/want" 2>"$T/err"
cmp -s "$T/out" "$T/want" || fail "progress changes the output"
[ -s "$T/err" ] && fail "-q is not quiet: $(cat "$T/err")"
for setting in TERM=dumb TERM=; do
	on_terminal $setting -- verify "$T/zeros.img"
	grep -q $'\x1b' "$T/typescript" && fail "progress with $setting"
done
on_terminal TERM=xterm -- verify -q "$T/zeros.img"
grep -q . <(grep -v '^Script ' "$T/typescript") && fail "progress with -q: $(cat -v "$T/typescript")"
"$SPOOR" verify "$T/zeros.img" 2>"$T/err" >/dev/null
grep -q $'[\r\x1b]' "$T/err" && fail "progress in a pipe"
# records and progress on one terminal would tear each other apart
TERM=xterm script -qec "'$S' walk '$T/zeros.img'" "$T/typescript" </dev/null >/dev/null
grep -q $'\x1b' "$T/typescript" && fail "progress between records on a terminal"
on_terminal TERM=xterm -- triage -o "$T/seen" "$F/demo/acme.E01" "$F/demo/ann.mbox" || [ $? = 1 ] || fail "triage on a terminal"
"$SPOOR" triage -q -o "$T/unseen" "$F/demo/acme.E01" "$F/demo/ann.mbox" || [ $? = 1 ] || fail "triage"
difference=$(diff -rq "$T/seen" "$T/unseen" | grep -v custody.log)
[ -z "$difference" ] || fail "progress changes the bundle: $difference"
# a narrow terminal: no line is longer than it
TERM=xterm script -qec "stty cols 30; '$S' verify '$T/zeros.img' >/dev/null" "$T/typescript" </dev/null >/dev/null
tr '\r' '\n' <"$T/typescript" | sed 's/\x1b\[K//g' | grep '^spoor verify: \(starting\|listing\|reading\)' | awk 'length > 29 { exit 1 }' || fail "progress is wider than the terminal"
finish
