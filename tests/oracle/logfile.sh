#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every sample of a transaction log: at least as many records, and of each operation that holds names, as the INDEX's independent count. That goes through the log from its restart area, as
# Windows would; spoor also reads what older turns left in its pages, so it may have more (twice as many in LogFile_10.bin, one in LogFile_7.bin).
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" ntfs >/dev/null || exit 1
wrong=0 files=0
while IFS=$'\t' read -r name records redo02 redo05 redo0C redo0E redo0F; do
	got=$("$SPOOR" parse -q --artifact win.logfile "$BUILD/evidence/ntfs/$name" | jq -r 'select(.type == "artifact") | .data | [.records, .operations[2], .operations[5], .operations[12], .operations[14], .operations[15]] | @tsv')
	files=$((files + 1))
	read -ra ours <<<"$got"
	theirs=("$records" "$redo02" "$redo05" "$redo0C" "$redo0E" "$redo0F")
	for i in "${!theirs[@]}"; do
		[ "${ours[i]:-0}" -ge "${theirs[i]}" ] || { echo "$name: ${ours[*]}, the INDEX counts ${theirs[*]}"; wrong=1; }
	done
done < <(sed -n 's/^\([^\t]*\)\tlogfile\t.*version=[0-9.]*; records=\([1-9][0-9]*\); redo02=\([0-9]*\); redo05=\([0-9]*\); redo07=[0-9]*; redo0C=\([0-9]*\); redo0E=\([0-9]*\); redo0F=\([0-9]*\).*/\1\t\2\t\3\t\4\t\5\t\6\t\7/p' ../shared/evidence/ntfs/INDEX.tsv)
echo "$files logs compared with the INDEX's counts"
[ "$files" -gt 0 ] || wrong=1
# each name and each changed time against other code's reading of the pages; in a volume, what the log wrote last is what istat and fls tell
tests/oracle/logfile-compare "$SPOOR" "$BUILD"/evidence/ntfs/dfir_ntfs/LogFile_*.bin || wrong=1
if ! command -v istat >/dev/null || ! command -v qemu-img >/dev/null; then
	echo "skip: no comparison with the volume, istat or qemu-img is not there"
	exit $wrong
fi
../shared/evidence/unpack "$BUILD/evidence" disk volumes >/dev/null || exit 1
dir=$(mktemp -d "$BUILD/logfile.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
qemu-img convert -O raw "$BUILD/evidence/ntfs/image/plaso_vsstest.qcow2" "$dir/vsstest.raw" || exit 1
tests/oracle/logfile-compare "$SPOOR" --volume "$BUILD/evidence/disk/dftt-7-undel-ntfs.dd" 0 "$dir/vsstest.raw" 0 || wrong=1
exit $wrong
