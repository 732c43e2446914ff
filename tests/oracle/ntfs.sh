#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# NTFS beyond what fls tells: a $MFT saved as a file gives every entry that its volume gives, with the same path, state and times; the volume has more only where an index alone knows a name; packed
# content comes out whole.
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" ntfs >/dev/null || exit 1
entries() {
	"$SPOOR" walk -q --shallow "$1" | jq -r 'select(.type == "node" and (.kind == "file" or .kind == "directory") and .address and (.locator | test("@[0-9]+\\.[0-9]+$") | not)) |
		[.address, .path, .mtime, .atime, .ctime, .crtime, .fn_mtime, .fn_atime, .fn_ctime, .fn_crtime, .allocated, .size, .sequence] | @tsv' | sort
}
made=$BUILD/evidence/ntfs/made
entries "$made/ntfs-made.img" >"$BUILD/test-logs/mft-volume.tsv"
entries "$made/mft.bin" >"$BUILD/test-logs/mft-file.tsv"
[ "$(wc -l <"$BUILD/test-logs/mft-file.tsv")" -gt 400 ] || { echo "few entries"; exit 1; }
diff "$BUILD/test-logs/mft-volume.tsv" "$BUILD/test-logs/mft-file.tsv" || exit 1
wrong=0
for f in "$BUILD"/evidence/ntfs/dfir_ntfs/*.mft "$BUILD"/evidence/ntfs/museum/MFT_*; do
	"$SPOOR" walk -q "$f" | jq -e -s 'any(.[]; .type == "evidence" and .format) and ([.[] | select(.type == "node")] | length > 25)' >/dev/null || { echo "$f gives too little"; wrong=1; }
done
packed=$("$SPOOR" cat "$made/ntfs-made.img::ntfs:/Windows/System32/wof.txt" | sha256sum)
[ "$packed" = "$(sha256sum <"$made/wof.txt")" ] || { echo "a file packed by the Windows Overlay Filter reads wrong"; wrong=1; }
exit $wrong
