#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What no file holds: free space, slack of files and gaps between partitions are read with --unallocated and when a locator names them, not else; what is planted there is found, with
# its place on the disk and the file that it lies behind; every module reaches it by one locator.
. tests/cli/lib.bash
fixtures gpt ntfs fat exfat ext4
cat >"$T/planted.yar" <<'Y'
rule planted { strings: $a = /SPOOR-PLANTED-[0-9]/ condition: $a }
Y
# plant IMAGE OFFSET NUMBER
plant() { printf 'SPOOR-PLANTED-%s' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
# found IMAGE OPTION...: planted things that a scan finds: locator behind the image, text, offset in the stream, place on the disk
found() {
	local image=$1
	shift
	"$SPOOR" scan -q --errors-ok -r "$T/planted.yar" "$@" "$image" >"$T/scan"
	jq -r --arg image "$image" 'select(.type == "hit") | (.locator[($image | length):]) as $l | .matches[] | [$l, .text, .offset, .media_offset] | @tsv' "$T/scan" | LC_ALL=C sort -u
}
# same IMAGE LINE: one found thing's stream is the same bytes by cat, extract and scan's hash; at the offset stands what was planted
same_bytes() {
	local l text offset sum
	IFS=$'\t' read -r l text offset _ <<<"$2"
	"$SPOOR" cat -q "$1$l" >"$T/stream" || fail "cat $1$l: exit $?"
	[ "$(dd if="$T/stream" bs=1 skip="$offset" count=${#text} status=none)" = "$text" ] || fail "$1$l: not '$text' at $offset"
	sum=$(sha256sum <"$T/stream")
	jq -r --arg l "$1$l" 'select(.type == "node" and .locator == $l) | [.state, .sha256] | @tsv' "$T/scan" | grep -qx "read	${sum%% *}" || fail "$1$l: scan read other bytes"
	rm -rf "$T/store"
	"$SPOOR" extract -q -o "$T/store" "$1$l" >"$T/extract" || fail "extract $1$l: exit $?"
	[ "$(jq -r 'select(.type == "node").sha256' "$T/extract")" = "${sum%% *}" ] && [ "$(find "$T/store" -name "${sum%% *}" | wc -l)" = 1 ] || fail "extract $1$l: other bytes"
	[ "$("$SPOOR" scan -q -r "$T/planted.yar" "$1$l" | jq -r 'select(.type == "hit").locator')" = "$1$l" ] || fail "scan of the locator $1$l finds nothing"
}

# free space: far behind all that mkfs writes; and slack, where the fixture has a file of that content once
check_free() {
	local image=$T/$1.img at=$((44 * 1048576 + 12345))
	shift
	command -v "$1" >/dev/null || { echo "skip: $1 is not installed"; return; }
	rm -f "$image"
	truncate -s "${SIZE:-64M}" "$image"
	"$@" "$image" >/dev/null 2>&1 || { fail "$*"; return; }
	plant "$image" "$at" 1
	[ -z "$(found "$image")" ] || fail "$image: found without --unallocated"
	found "$image" --unallocated >"$T/found"
	grep -qx "::free:1	SPOOR-PLANTED-1	[0-9]*	$at" "$T/found" && [ "$(wc -l <"$T/found")" = 1 ] || { fail "$image: free space: $(cat "$T/found")"; return; }
	same_bytes "$image" "$(cat "$T/found")"
}
check_free fat16 mkfs.fat -F 16
check_free fat32 mkfs.fat -F 32 -s 1
check_free exfat mkfs.exfat
check_free ext4 mkfs.ext4 -q -F
check_free ext2 mkfs.ext2 -q -F -b 1024
check_free ntfs mkfs.ntfs -q -F -f
SIZE=320M check_free xfs mkfs.xfs -q -f

# slack FIXTURE STEP LOCATOR-OF-SLACK
check_slack() {
	local image=$T/${1##*/} at
	cp "$F/$1" "$image"
	"$SPOOR" cat -q "$image$2" >"$T/content" || { fail "cat $image$2"; return; }
	at=$(python3 -c 'import sys; i, c = (open(f, "rb").read() for f in sys.argv[1:]); at = i.find(c); assert c and at >= 0 and i.find(c, at + 1) < 0; print(at + len(c) + 5)' "$image" "$T/content") || { fail "$1: its content is not there once"; return; }
	plant "$image" "$at" 2
	[ -z "$(found "$image" --unallocated)" ] || fail "$1: slack is read without =all"
	found "$image" --unallocated=all >"$T/found"
	[ "$(cat "$T/found")" = "$3	SPOOR-PLANTED-2	5	$at" ] || { fail "$1: slack: $(cat "$T/found")"; return; }
	same_bytes "$image" "$(cat "$T/found")"
	[ "$(jq -r 'select(.type == "hit").name' "$T/scan")" = "$4" ] || fail "$1: the hit does not name the file"
}
check_slack ntfs.img "::ntfs:/Users/ann/Downloads/setup.exe" "::slack:/Users/ann/Downloads/setup.exe" setup.exe
check_slack ntfs.img "::ntfs:/Users/ann/Downloads/two-streams.bin:hidden.bin" "::slack:/Users/ann/Downloads/two-streams.bin:hidden.bin" hidden.bin
check_slack exfat.img "::exfat:/utc.txt" "::slack:/utc.txt" utc.txt
check_slack ext4.img "::ext:/home/ann/inline-xattr.txt" "::slack:/home/ann/inline-xattr.txt" inline-xattr.txt
check_slack fat32.img "::fat:/LAST.TXT" "::slack:/LAST.TXT" LAST.TXT

# gaps: read when asked for or named; the table's own area and the copy of a GPT are no tables of what lies there
cp "$F/gpt.img" "$T/gap.img"
plant "$T/gap.img" 8000000 3
"$SPOOR" walk -q "$T/gap.img" >"$T/out" || fail "walk of a GPT disk: exit $?"
[ "$(jq -r 'select(.kind == "unallocated").locator' "$T/out" | wc -l)" = 3 ] || fail "gaps of a GPT disk"
[ -z "$(found "$T/gap.img")" ] || fail "a gap is read without --unallocated"
found "$T/gap.img" --unallocated >"$T/found"
[ "$(cat "$T/found")" = "::gpt:@14336-18431	SPOOR-PLANTED-3	659968	8000000" ] || fail "gap: $(cat "$T/found")"
same_bytes "$T/gap.img" "$(cat "$T/found")"

# the chain tells what one pass tells; states add up; free space is no file: no events of times, no artefact by the path of the file before it
"$SPOOR" walk -q --unallocated=all "$T/ntfs.img" | "$SPOOR" scan -q --unallocated=all -r "$T/planted.yar" | jq -c 'select(.type == "hit") | del(.time)' >"$T/chain"
"$SPOOR" scan -q --unallocated=all -r "$T/planted.yar" "$T/ntfs.img" >"$T/scan"
jq -c 'select(.type == "hit")' "$T/scan" | cmp -s - "$T/chain" || fail "the chain finds other things"
[ "$(jq -r 'select(.type == "end").counts | .seen == .read + .skipped + .failed and .failed == 0' "$T/scan")" = true ] || fail "states do not add up"
[ -z "$("$SPOOR" parse -q --unallocated=all "$T/ntfs.img" | jq -r 'select((.type == "event" or .type == "artifact") and (.locator | test("::(free|slack):"))) | 1')" ] || fail "events of slack"
"$SPOOR" triage -q --unallocated=all -r "$T/planted.yar" --sigma own -o "$T/case" "$T/ntfs.img" || fail "triage: exit $?"
jq -r 'select(.rule == "planted").locator' "$T/case/data/findings.jsonl" | grep -q '::slack:/Users/ann' || fail "triage does not find it"
"$SPOOR" verify -q "$T/case" >"$T/out" || fail "verify: exit $?"
status 2 "$SPOOR" walk -q --unallocated=some "$T/ntfs.img"
grep -q 'unallocated=all' "$T/err" || fail "the wrong value is not told"
status 1 "$SPOOR" cat -q "$T/ntfs.img::free:2"
status 1 "$SPOOR" cat -q "$T/ntfs.img::slack:/Users"

# pieces too many for a record: the batch asks the file system again
if command -v mkfs.ext2 >/dev/null && command -v debugfs >/dev/null; then
	truncate -s 512M "$T/pieces.img"
	mkfs.ext2 -q -F -b 1024 "$T/pieces.img" >/dev/null 2>&1
	# every other block of the bitmaps is set: 260,000 runs
	python3 - "$T/pieces.img" <<'P'
import struct, sys
with open(sys.argv[1], "r+b") as f:
    f.seek(1024); s = f.read(1024)
    blocks, first, per = struct.unpack_from("<I", s, 4)[0], struct.unpack_from("<I", s, 20)[0], struct.unpack_from("<I", s, 32)[0]
    for g in range((blocks - first + per - 1) // per):
        f.seek(2048 + 32 * g); at = struct.unpack("<I", f.read(4))[0] * 1024
        f.seek(at); b = f.read(1024)
        f.seek(at); f.write(bytes(x | 0x55 for x in b))
P
	plant "$T/pieces.img" $((400 * 1048576 + 8)) 4
	"$SPOOR" cat -q "$T/pieces.img::free:1" >"$T/stream"
	grep -qa SPOOR-PLANTED-4 "$T/stream" || plant "$T/pieces.img" $((400 * 1048576 + 1024 + 8)) 4
	found "$T/pieces.img" --unallocated >"$T/found"
	[ "$(cut -f 1,2 "$T/found")" = "::free:1	SPOOR-PLANTED-4" ] || fail "many pieces: $(cat "$T/found")"
	[ "$(cut -f 4 "$T/found")" = $((400 * 1048576 + 1024 + 8)) ] || [ "$(cut -f 4 "$T/found")" = $((400 * 1048576 + 8)) ] || fail "many pieces: place $(cut -f 4 "$T/found")"
fi

# memory images, page files and other streams that are too large to be held are scanned piece by piece: what lies across a border is found, once, at its place
truncate -s 100M "$T/pagefile.sys"
for mib in 63 64 65 66 96 97; do plant "$T/pagefile.sys" $((mib * 1048576 - 7)) 5; done
found "$T/pagefile.sys" >"$T/found"
[ "$(cut -f 3 "$T/found" | sort -n | tr '\n' ' ')" = "$(for mib in 63 64 65 66 96 97; do printf '%s ' $((mib * 1048576 - 7)); done)" ] || fail "across borders of pieces: $(cat "$T/found")"
# that saved memory is packed is said, of a file of that name that holds any
printf 'HIBR%64s' x >"$T/hiberfil.sys"
"$SPOOR" scan -q -r "$T/planted.yar" "$T/hiberfil.sys" | jq -r 'select(.type == "note") | .kind' | grep -qx hiberfil.packed || fail "hiberfil.sys: that it is packed is not told"
head -c 4096 /dev/zero >"$T/hiberfil.sys"
! "$SPOOR" scan -q -r "$T/planted.yar" "$T/hiberfil.sys" | grep -q hiberfil.packed || fail "an empty hiberfil.sys is packed"
finish
