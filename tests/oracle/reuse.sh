#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is said of the clusters of deleted files (clusters-free, -partly-reused, -reused) against istat and blkstat, which read the tables by themselves; in a copy of the NTFS
# fixture one cluster of a deleted file is put to use in $Bitmap.
set -u
command -v istat >/dev/null && command -v blkstat >/dev/null || { echo "skip: no sleuthkit"; exit 0; }
T=$(mktemp -d "${TMPDIR:-/tmp}/spoor-reuse-XXXXXX")
trap 'rm -rf "$T"' EXIT
wrong=0 compared=0
bad() { echo "NOT: $*"; wrong=1; }
[ -e "$BUILD/fixtures/ntfs.img" ] || tests/fixtures/make "$BUILD/fixtures" ntfs >/dev/null || exit 1
[ -e "$BUILD/fixtures/fat12.img" ] || tests/fixtures/make "$BUILD/fixtures" fat >/dev/null || exit 1

# clusters FS IMAGE ADDRESS: of its main data
clusters() { istat -f "$1" "$2" "$3" 2>/dev/null | awk '/^Type: \$DATA|^Direct Blocks|^Sectors:/ { on = 1; next } /^[^0-9]/ || /^$/ { on = 0 } on' | tr ' ' '\n' | grep -x '[0-9][0-9]*' | grep -vx 0; }

compare() { # FS IMAGE
	while IFS=$'\t' read -r address path flag; do
		local free=0 used=0 said cluster
		for cluster in $(clusters "$1" "$2" "${address%-*}"); do
			if blkstat -f "$1" "$2" "$cluster" | grep -q 'Not Allocated'; then free=$((free + 1)); else used=$((used + 1)); fi
		done
		[ $((free + used)) -gt 0 ] || continue
		said=clusters-free
		[ "$used" = 0 ] || { [ "$free" = 0 ] && said=clusters-reused || said=clusters-partly-reused; }
		[ "$flag" = "$said" ] || bad "$(basename "$2"): $path: $flag, blkstat: $free free, $used in use"
		compared=$((compared + 1))
	done < <("$SPOOR" walk -q "$2" 2>/dev/null | jq -r 'select(.type == "node" and .kind == "file" and .allocated == false) | . as $n | (.flags // [])[] | select(startswith("clusters-")) | [$n.address, $n.path, .] | @tsv')
}
compare ntfs "$BUILD/fixtures/ntfs.img"
compare fat12 "$BUILD/fixtures/fat12.img"
if [ -d ../shared/evidence ]; then
	../shared/evidence/unpack "$BUILD/evidence" disk >/dev/null || exit 1
	compare ntfs "$BUILD/evidence/disk/dftt-7-undel-ntfs.dd"
	compare fat16 "$BUILD/evidence/disk/dftt-6-undel-fat.dd"
	compare ext2 "$BUILD/evidence/disk/ext2-deleted.img"
else
	echo "skip: ../shared/evidence is not there; fixtures only"
fi

cp "$BUILD/fixtures/ntfs.img" "$T/ntfs.img"
read -r address flag < <("$SPOOR" walk -q "$T/ntfs.img" 2>/dev/null | jq -r 'select(.path == "/deleted/fragments.bin") | .address + " " + (.flags | join(","))')
[ "$flag" = clusters-free ] || bad "fragments.bin: $flag before"
cluster=$(clusters ntfs "$T/ntfs.img" "${address%-*}" | sed -n 2p)
size=$(fsstat -f ntfs "$T/ntfs.img" | sed -n 's/^Cluster Size: //p')
at=$(($(clusters ntfs "$T/ntfs.img" 6 | head -1) * size + cluster / 8))
byte=$(od -An -tu1 -j $at -N 1 "$T/ntfs.img")
printf "\\x$(printf %x $((byte | 1 << cluster % 8)))" | dd of="$T/ntfs.img" bs=1 seek=$at conv=notrunc status=none
flag=$("$SPOOR" walk -q "$T/ntfs.img" 2>/dev/null | jq -r 'select(.path == "/deleted/fragments.bin") | .flags | join(",")')
[ "$flag" = clusters-partly-reused ] || bad "fragments.bin with one cluster in use: $flag"
echo "$compared deleted files compared"
[ "$compared" -ge 3 ] || bad "too few were compared"
exit $wrong
