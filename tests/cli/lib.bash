# SPDX-License-Identifier: Apache-2.0
# lib.bash: what the black-box scripts share. Each script runs from the top of the tree with SPOOR and BUILD set, and ends non-zero when something does not hold.
set -u
: "${SPOOR:=build/spoor}" "${BUILD:=build}"
export SPOOR BUILD
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
# the records that chain and triage must agree on
kinds() { grep -E '^\{("time":"[^"]*",)?"type":"(node|artifact|event|message|hit|error)"' "$@" | LC_ALL=C sort; }
finish() { exit $bad; }
