# SPDX-License-Identifier: Apache-2.0
# lib.bash: what the black-box scripts share. Each script runs from the top of the tree with SPOOR and BUILD set, and ends non-zero when something does not hold.
set -u
: "${SPOOR:=build/spoor}" "${BUILD:=build}"
export SPOOR BUILD PATH=$PATH:/usr/sbin:/sbin
T=$(mktemp -d "${TMPDIR:-/tmp}/spoor-cli-XXXXXX")
trap 'rm -rf "$T"' EXIT
bad=0
fail() { printf 'NOT: %s\n' "$*"; bad=1; }
# status WANTED COMMAND...: runs it, output to $T/out and $T/err
status() {
	local want=$1 got=0
	shift
	"$@" >"$T/out" 2>"$T/err" || got=$?
	[ "$got" = "$want" ] || { fail "exit $got, not $want: $*"; head -n 5 "$T/err"; }
}
# fixtures NAME...: built once a tree, in BUILD/fixtures
fixtures() {
	local n
	for n in "$@"; do
		[ -e "$BUILD/fixtures/.$n" ] || { tests/fixtures/make "$BUILD/fixtures" "$n" >"$T/make" 2>&1 && touch "$BUILD/fixtures/.$n" || { fail "fixture $n"; tail -n 5 "$T/make"; exit 1; }; }
	done
	F=$BUILD/fixtures
}
# the test build with planted faults and fail points, in BUILD/faults: FAULTY is its spoor
faults_build() {
	local top=$PWD
	mkdir -p "$BUILD/faults"
	(cd "$BUILD/faults" && { [ -e config.status ] || "$top/configure" -q --enable-faults; } && make -s -j"$(nproc)") >"$T/build" 2>&1 || { tail -n 5 "$T/build"; fail "test build"; exit 1; }
	FAULTY=$BUILD/faults/spoor
}
# does the build under test have the kernel sandbox? Those with sanitizers or coverage do not, and say so
sandboxed() { ! "$SPOOR" version | grep -q '^sanitizer or coverage build'; }
# catches_signals PID: is it spoor by now, which catches INT and TERM (a sanitizer catches others, too)? The shell that is still to become it catches them as well,
# and would end as this script does: with its directory. True as well when it is gone.
catches_signals() {
	local mask
	mask=$(sed -n 's/^SigCgt:\t//p' "/proc/$1/status" 2>/dev/null)
	[ -z "$mask" ] || { [ "$(cat "/proc/$1/comm" 2>/dev/null)" = spoor ] && [ $((0x$mask & 0x4002)) = $((0x4002)) ]; }
}
# same A B: are two bundles the same bytes, custody log aside, and does B verify?
same() {
	diff -r -q -x custody.log -x .work "$1" "$2" >"$T/diff" 2>&1 || { fail "$2: not the bundle of an undisturbed run"; head -n 5 "$T/diff"; return 1; }
	[ ! -e "$2/.work" ] || { fail "$2: .work is left"; return 1; }
	"$SPOOR" verify -q "$2" >"$T/verify" 2>&1 || { fail "$2: verify"; head -n 3 "$T/verify"; return 1; }
}
# entries in the journal of an unfinished case: 48 bytes head, 56 an entry
journalled() { local n; n=$(stat -c %s "$1/.work/journal" 2>/dev/null || echo 48); [ "$n" -ge 48 ] || n=48; echo $(((n - 48) / 56)); }
# jobs DIR FIELD: of the last run, from the custody log (all, from_journal, run)
jobs_of() { jq -r "select(.action==\"examine\") | .details.jobs.$2" "$1/custody.log" | tail -n 1; }
# the records that chain and triage must agree on
kinds() { grep -E '^\{("time":"[^"]*",)?"type":"(node|artifact|event|message|hit|error)"' "$@" | LC_ALL=C sort; }
finish() { exit $bad; }
