#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The sandbox with Landlock as this kernel has it, as a kernel of ABI 2 has it, and without: the same deeds are refused, the same bundle comes out, and what held is said.
. tests/cli/lib.bash
fixtures demo ext4
faults_build
S=$FAULTY
evidence=("$F/demo/acme.E01" "$F/demo/ann.mbox" "$F/ext4.img")
state_of() { sed -n 's/^sandbox *//p' "$1"; }
# look NAME [ABI]: selftest, version and triage
look() {
	local n=$1
	[ $# -gt 1 ] && export SPOOR_LANDLOCK_ABI=$2
	status 0 "$S" selftest
	cp "$T/out" "$T/selftest.$n"
	status 0 "$S" version
	cp "$T/out" "$T/version.$n"
	"$S" triage -q -o "$T/case.$n" "${evidence[@]}" 2>"$T/err" || [ $? = 1 ] || { fail "$n: triage"; head -n 5 "$T/err"; }
	unset SPOOR_LANDLOCK_ABI
	grep -qx 'every forbidden deed was refused' "$T/selftest.$n" || fail "$n: a forbidden deed was not refused"
	[ "$(grep -c ' refused' "$T/selftest.$n")" = 11 ] || fail "$n: not ten deeds"
	[ -n "$(state_of "$T/selftest.$n")" ] || fail "$n: selftest does not say what held"
	[ "$(state_of "$T/version.$n")" = "$(state_of "$T/selftest.$n")" ] || fail "$n: version says another sandbox than selftest"
	[ "$(jq -r 'select(.action == "examine") | .details.sandbox' "$T/case.$n/custody.log")" = "$(state_of "$T/selftest.$n")" ] || fail "$n: the custody log says another sandbox than selftest"
}
look here
look two 2
look none 0
abi=$(sed -n 's/.*landlock ABI \([0-9]*\).*/\1/p' "$T/selftest.here")
if [ -n "$abi" ]; then
	want=$((abi < 2 ? abi : 2))
	[ "$want" = 2 ] || printf 'skip: this kernel knows Landlock ABI %s only\n' "$abi"
	state_of "$T/selftest.two" | grep -q "landlock ABI $want," || fail "forced to ABI 2 it says $(state_of "$T/selftest.two")"
else
	printf 'skip: this kernel has no Landlock, so only its absence was tried\n'
fi
state_of "$T/selftest.none" | grep -q '^seccomp, no landlock' || fail "without Landlock it says $(state_of "$T/selftest.none")"
for n in two none; do
	diff <(grep -v ^sandbox "$T/selftest.here") <(grep -v ^sandbox "$T/selftest.$n") || fail "$n: other deeds are refused"
	same "$T/case.here" "$T/case.$n"
done
# The switch is the test build's only: a normal build takes no such orders from its environment.
if sandboxed; then
	[ "$(SPOOR_LANDLOCK_ABI=0 "$SPOOR" selftest)" = "$("$SPOOR" selftest)" ] || fail "SPOOR_LANDLOCK_ABI works in a normal build"
	strings -a "$SPOOR" | grep -q SPOOR_LANDLOCK_ABI && fail "the normal build knows SPOOR_LANDLOCK_ABI"
	strings -a "$S" | grep -q SPOOR_LANDLOCK_ABI || fail "the test build does not know SPOOR_LANDLOCK_ABI: this test proves nothing"
fi
# And a deed that the sandbox refuses is one that succeeds without it.
status 1 "$S" selftest --sandbox-off
grep -qx 'sandbox off (test build)' "$T/out" || fail "--sandbox-off is not said"
grep -q '^open  *allowed' "$T/out" || fail "open does not succeed without the sandbox: the test proves nothing"
finish
