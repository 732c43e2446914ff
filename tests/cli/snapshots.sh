#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shadow copies: named without --snapshots, what differs with it, everything with =all; their locators open everywhere; damage costs what it hits.
. tests/cli/lib.bash
fixtures vss
volume=$F/vss/volume.img
walked() { "$SPOOR" walk -q "$@" "$volume" >"$T/walk" || fail "walk $*: exit $?"; }
# names of files that a listing gives below a step, one a line
names() { jq -r --arg step "$1" 'select(.type == "node" and (.locator | contains($step + "::ntfs:/Users/"))) | .name' "$T/walk" | sort | tr '\n' ' '; }

for n in 1 2; do "$SPOOR" cat -q "$volume::vss:$n" | cmp -s - "$F/vss/$n.img" || fail "copy $n: other bytes"; done

walked
[ "$(jq -r 'select(.kind == "snapshot") | .locator' "$T/walk" | grep -c '::vss:[12]$')" = 2 ] || fail "two copies are not named"
jq -r 'select(.kind == "snapshot").message' "$T/walk" | grep -q '2023-01-02 00:00:00.*b0b0b0b0-b0b0-b0b0-b0b0-b0b0b0b0b0b0.*--snapshots' || fail "time, id and how to read it are not told"
[ -z "$(jq -r 'select(.type == "node" and (.locator | contains("::vss:"))).locator' "$T/walk")" ] || fail "a copy is given without --snapshots"

walked --snapshots
[ "$(names vss:1)" = "deleted-later.txt edited.txt overwritten.bin " ] || fail "differs in copy 1: $(names vss:1)"
[ "$(names vss:2)" = "deleted-later.txt edited.txt overwritten.bin " ] || fail "differs in copy 2: $(names vss:2)"
left=$(jq -r 'select(.kind == "snapshot.same" and (.locator | endswith("vss:1"))).message' "$T/walk" | cut -d' ' -f1)
given=$(jq -r 'select(.type == "node" and (.locator | contains("vss:1::"))) | 1' "$T/walk" | wc -l)
[ "$(jq -r 'select(.type == "node" and (.locator | endswith("vss:1"))).format' "$T/walk")" = ntfs ] || fail "a copy has no row of its file system"

# all of it is what the same bytes give as evidence of their own; and what was left out is all that is the same
# sums STEP OPTION... FILE: what is told of the entries whose locators contain STEP
sums() {
	local step=$1
	shift
	"$SPOOR" walk -q --hash sha256 "$@" | jq -r --arg step "$step" 'select(.type == "node" and .address and .kind != "volume" and (.locator | contains($step))) |
		[(.locator | sub("^.*::ntfs:"; "")), .address, .sha256, .mtime, .ctime, .size] | @tsv' | sort
}
walked --snapshots=all
for n in 1 2; do
	sums ::ntfs: "$F/vss/$n.img" >"$T/own"
	[ "$(wc -l <"$T/own")" -gt 15 ] || fail "copy $n alone lists nothing"
	sums "::vss:$n::" --snapshots=all "$volume" >"$T/all"
	cmp -s "$T/own" "$T/all" || { fail "copy $n with =all"; diff "$T/own" "$T/all" | head -n 5; }
	sums "::vss:$n::" --snapshots "$volume" >"$T/changed"
	sums ::ntfs: "$volume" >"$T/live"
	# left out = all of it without what differs: each stands in the live listing with the same hash and times
	[ -z "$(comm -23 "$T/all" "$T/changed" | comm -23 - "$T/live")" ] || { fail "copy $n: left out and not the same"; comm -23 "$T/all" "$T/changed" | comm -23 - "$T/live" | head -n 3; }
done
[ "$((left + given))" = "$(jq -r 'select(.type == "node" and (.locator | contains("vss:1::"))) | 1' "$T/walk" | wc -l)" ] || fail "$left left out and $given given are not all"

# locators
"$SPOOR" cat -q "$volume::vss:1::ntfs:/Users/edited.txt" >"$T/cat"
[ "$(cat "$T/cat")" = "version 1" ] || fail "cat through a copy"
want=$(sha256sum <"$T/cat")
"$SPOOR" walk -q --snapshots --where 'name = "edited.txt"' "$volume" | "$SPOOR" extract -q -o "$T/out1" >"$T/extract" || fail "extract of records: exit $?"
[ "$(jq -r 'select(.locator? and (.locator | contains("vss:1::ntfs:/Users/edited"))).sha256' "$T/extract")" = "${want%% *}" ] || fail "extract through a copy"
[ "$("$SPOOR" scan -q "$volume::vss:2::ntfs:/Users/edited.txt" | jq -r 'select(.type == "node").state')" = read ] || fail "scan through a copy"
status 1 "$SPOOR" cat -q "$volume::vss:3"
status 2 "$SPOOR" walk -q --snapshots=some "$volume"
grep -q 'snapshots=all' "$T/err" || fail "the wrong value is not told"
[ "$("$SPOOR" mount -q "$volume" | jq -r 'select(.kind == "volume").locator' | wc -l)" = 2 ] || fail "mount does not show the copies"
"$SPOOR" triage -q --snapshots -o "$T/case" "$volume" || fail "triage: exit $?"
zstd -dcq "$T/case/data/timeline.jsonl.zst" | grep -q 'vss:1::ntfs:/Users/deleted-later.txt' || fail "no event of a copy in the timeline"
made() { jq -r 'select(.type == "event" and .kind == "snapshot_created") | .time[:10] + " " + (.locator | sub(".*::"; ""))' | sort | tr '\n' ' '; }
zstd -dcq "$T/case/data/timeline.jsonl.zst" | made >"$T/made"
"$SPOOR" walk -q --snapshots "$volume" | "$SPOOR" parse -q | made | cmp -s - "$T/made" || fail "that copies were made: the chain tells other events than triage"
[ "$(wc -w <"$T/made")" = 4 ] && grep -q '2023-01-02 vss:' "$T/made" || fail "that copies were made: $(cat "$T/made")"
"$SPOOR" triage -q -o "$T/told" "$volume" && zstd -dcq "$T/told/data/timeline.jsonl.zst" | made | cmp -s - "$T/made" || fail "that copies were made is not told where they are not read"
! zstd -dcq "$T/case/data/timeline.jsonl.zst" | grep -q 'vss:1::ntfs:/Users/kept' || fail "the timeline tells twice of what is the same"
"$SPOOR" verify -q "$T/case" || fail "verify: exit $?"

# damage: a list that breaks off, a catalog that leads in a circle; the volume itself is read as before
python3 - "$volume" "$T" <<'P'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
u = lambda at: int.from_bytes(b[at:at + 8], "little")
catalog = u(0x1E00 + 48)
broken, circle = bytearray(b), bytearray(b)
lists = u(catalog + 128 + 128 + 8)
broken[lists + 20] = 9
circle[catalog + 40:catalog + 48] = catalog.to_bytes(8, "little")
open(sys.argv[2] + "/broken", "wb").write(broken)
open(sys.argv[2] + "/circle", "wb").write(circle)
P
for kind in broken:vss.store circle:vss.catalog; do
	status 1 "$SPOOR" walk -q --snapshots=all "$T/${kind%:*}"
	[ "$(jq -r 'select(.type == "error").kind' "$T/out" | sort | uniq -c | awk '{ print $2 }')" = "${kind#*:}" ] || fail "${kind%:*}: $(jq -r 'select(.type == "error") | [.kind, .message] | @tsv' "$T/out" | head -n 3)"
	[ "$(jq -r 'select(.type == "node" and (.locator | contains("::vss:") | not)) | 1' "$T/out" | wc -l)" = "$("$SPOOR" walk -q "$volume" | grep -c '"type":"node"')" ] || fail "${kind%:*}: the volume itself"
done
finish
