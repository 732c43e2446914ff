#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every NTFS volume among the samples: each entry's path, state and four times as fls lists them, and all eight times as istat prints them.
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
for tool in fls istat qemu-img; do
	command -v $tool >/dev/null || { echo "skip: $tool is not there"; exit 0; }
done
../shared/evidence/unpack "$BUILD/evidence" ntfs disk volumes >/dev/null || exit 1
dir=$(mktemp -d "$BUILD/ntfs-istat.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
E=$BUILD/evidence status=0
for f in "$E"/disk/{dftt-7-undel-ntfs.dd,ntfs-features.img,ntfs-hostile-names.img,r2-ntfs.img} "$E/ntfs/made/ntfs-made.img"; do
	ln -s "$f" "$dir/$(basename "$f" | sed 's/\..*//').raw"
done
qemu-img convert -O raw "$E/volumes/dfvfs-windows_volume.qcow2" "$dir/windows_volume.raw" && qemu-img convert -O raw "$E/volumes/plaso-vsstest.qcow2" "$dir/vsstest.raw" || exit 1
zcat "$E/ntfs/dfir_ntfs/ntfs3.raw.gz" >"$dir/ntfs3.raw" || exit 1
# two volumes behind a table of partitions
zcat "$E/volumes/dftt-10-ntfs-disk.dd.gz" >"$dir/disk" || exit 1
dd if="$dir/disk" of="$dir/dftt-10-first.raw" bs=512 skip=63 count=96327 status=none
dd if="$dir/disk" of="$dir/dftt-10-second.raw" bs=512 skip=96390 count=96390 status=none
for f in "$dir"/*.raw; do
	"$SPOOR" walk -q --format bodyfile "$f" >"$dir/body" 2>/dev/null
	# these hold an older file system as well, which spoor opens beside: its entries have no attribute in their number
	[[ $f == */dftt-10* ]] && sed -i -n '/|[0-9]*-[0-9]*-[0-9]*|/p' "$dir/body"
	python3 tests/oracle/fls-compare -f ntfs "$f" "$dir/body" || status=1
done
tests/oracle/ntfs-istat "$SPOOR" "$dir"/*.raw || status=1
exit $status
