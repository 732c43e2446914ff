#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Free space and slack against blkls of the Sleuth Kit, byte by byte: free space as one stream; slack file by file in the order of the inodes, each with zeros in front for the content
# that its first block holds (blkls -s writes whole blocks). Of XFS, which blkls does not read, against the free blocks that xfs_db tells.
set -u
for tool in blkls fsstat jq; do
	command -v "$tool" >/dev/null || { echo "skip: $tool is not installed"; exit 0; }
done
export PATH=$PATH:/usr/sbin:/sbin
T=$(mktemp -d "${TMPDIR:-/tmp}/spoor-unallocated-XXXXXX")
trap 'rm -rf "$T"' EXIT
wrong=0 compared=0
not() { echo "NOT: $*"; wrong=1; }
sum() { sha256sum | cut -d' ' -f1; }

# free IMAGE
free() {
	[ "$("$SPOOR" cat -q "$1::free:1" | sum)" = "$(blkls "$1" | sum)" ] || not "${1##*/}: other free space"
	compared=$((compared + 1))
}
# slack IMAGE CLUSTER UNIT: what is never written inside a file is no slack to blkls: of each file the part behind its end counts
slack() {
	"$SPOOR" walk -q --errors-ok --unallocated=all "$1" | jq -r 'select(.type == "node" and .address and .size) | [(.address | split("-")[0]), ((.attribute // "0-0") | split("-") | .[0], .[1]),
		(if .kind != "unallocated" then "a" elif .locator | test("::slack:") then "b" else "c" end), .size, .locator] | @tsv' | LC_ALL=C sort -n -k1,1 -k2,2 -k3,3 | awk -F'\t' -v cluster="$2" -v unit="$3" '
		$4 == "a" { size[$1 " " $2 " " $3] = $5 }
		$4 == "b" && !seen[$1 " " $2 " " $3]++ { order[++n] = $1 " " $2 " " $3; of[n] = $5; name[n] = $6 }
		END { for (i = 1; i <= n; i++) { used = size[order[i]]; behind = used % cluster ? cluster - used % cluster : 0; print used % unit, of[i] < behind ? of[i] : behind, name[i] } }' >"$T/list"
	while read -r used behind locator; do
		head -c "$used" /dev/zero
		"$SPOOR" cat -q "$locator" | tail -c "$behind"
	done <"$T/list" >"$T/ours"
	blkls -s "$1" >"$T/theirs"
	# the first that it writes of NTFS is the $BITMAP of the $MFT, which is no stream that a listing shows
	case $1 in */ntfs.img) tail -c "+$(($2 + 1))" "$T/theirs" >"$T/rest" && mv "$T/rest" "$T/theirs" ;; esac
	cmp "$T/ours" "$T/theirs" >"$T/cmp" 2>&1 || not "${1##*/}: other slack than blkls -s: $(cat "$T/cmp")"
	[ -s "$T/theirs" ] || not "${1##*/}: no slack to compare"
	compared=$((compared + 1))
}
# dirty IMAGE TO: the slack of the made images is zeros; where spoor says that it begins, up to the end of its sector, each byte tells of its place
dirty() {
	cp "$1" "$2"
	printf 'rule zeros { strings: $a = { 00 } condition: $a at 0 }\n' >"$T/zeros.yar"
	"$SPOOR" scan -q --errors-ok --unallocated=all -r "$T/zeros.yar" "$1" | jq -r 'select(.type == "hit" and (.locator | test("::slack:"))) | .matches[0].media_offset' >"$T/at"
	python3 - "$2" "$T/at" <<'P'
import hashlib, sys
with open(sys.argv[1], "r+b") as f:
    for at in sorted({int(line) for line in open(sys.argv[2])}):
        f.seek(at)
        f.write((hashlib.sha512(b"%d" % at).digest() * 8)[:512 - at % 512])
P
	[ -s "$T/at" ] || not "${1##*/}: no slack to fill"
}
tests/fixtures/make "$BUILD/fixtures" ntfs fat exfat ext4 ext2-deep >/dev/null 2>&1 || exit 1
for image in ntfs exfat ext4 ext2-deep fat12 fat16 fat32; do free "$BUILD/fixtures/$image.img"; done
for image in ntfs exfat ext4 ext2-deep fat12 fat16 fat32; do
	fsstat "$BUILD/fixtures/$image.img" >"$T/fsstat"
	cluster=$(sed -n 's/^\(Cluster\|Block\) Size: //p' "$T/fsstat" | head -n 1)
	grep -qi '^File System Type: .*FAT' "$T/fsstat" && unit=512 || unit=$cluster
	dirty "$BUILD/fixtures/$image.img" "$T/$image.img"
	slack "$T/$image.img" "$cluster" "$unit"
done

# XFS: each free block holds its own place; they must come as the btrees of free blocks list them, without those that wait in the lists of the allocation groups
if command -v mkfs.xfs >/dev/null && command -v xfs_db >/dev/null; then
	truncate -s 320M "$T/xfs.img"
	mkfs.xfs -q -f "$T/xfs.img" >/dev/null || exit 1
	groups=$(xfs_db -r -c "sb 0" -c "p agcount" "$T/xfs.img" | cut -d' ' -f3) blocks=$(xfs_db -r -c "sb 0" -c "p agblocks" "$T/xfs.img" | cut -d' ' -f3)
	for ((g = 0; g < groups; g++)); do
		xfs_db -r -c "agf $g" -c "addr bnoroot" -c "p recs" "$T/xfs.img" | sed 's/[0-9]*:\[/\n/g' | sed -n "s/^\([0-9]*\),\([0-9]*\)\].*/$g \1 \2/p"
	done >"$T/runs"
	python3 - "$T/xfs.img" "$T/runs" "$blocks" "$T/want" <<'P'
import sys
image, runs, blocks, want = sys.argv[1:]
with open(image, "r+b") as f, open(want, "wb") as w:
    for line in open(runs):
        group, first, count = map(int, line.split())
        for block in range(group * int(blocks) + first, group * int(blocks) + first + count):
            text = b"%012d" % block + bytes(4084)
            f.seek(block * 4096)
            f.write(text)
            w.write(text)
P
	[ -s "$T/want" ] || not "xfs: xfs_db tells of no free block"
	"$SPOOR" cat -q "$T/xfs.img::free:1" | cmp - "$T/want" || not "xfs: other free blocks than xfs_db's"
	compared=$((compared + 1))
else
	echo "skip: xfsprogs are not installed; free space of XFS is not compared"
fi
echo "$compared comparisons"
exit $wrong
