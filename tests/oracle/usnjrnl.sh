#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every journal sample: as many records as the INDEX's independent count, whatever the file's name; a path for each; one that has neither time nor name is a note.
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" ntfs >/dev/null || exit 1
wrong=0 files=0
while IFS=$'\t' read -r name count; do
	got=$("$SPOOR" parse -q --artifact win.usnjrnl "$BUILD/evidence/ntfs/$name" | jq -s '[.[] | select((.type == "event" and .path) or .kind == "usn.ranges")] | length')
	files=$((files + 1))
	[ "$got" = "$count" ] || { echo "$name: $got events, the INDEX counts $count"; wrong=1; }
done < <(awk -F'\t' '$2 == "usn" && match($0, /records=[0-9]+/) { print $1 "\t" substr($0, RSTART + 8, RLENGTH - 8) }' ../shared/evidence/ntfs/INDEX.tsv)
echo "$files journals compared"
[ "$files" -gt 0 ] && exit $wrong
