#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# ntfs_many.sh [FILES [SAMPLES]]: a made NTFS volume (20,000 files; make check-ntfs: 400,000). Every entry as it was made, and as fls lists it line by line; all eight times of
# some as istat prints them. (fls-compare reads each entry from the raw bytes as well, which takes hours here.)
set -u
files=${1:-20000} samples=${2:-200}
if [ ! -x ../shared/bench/make-ntfs ]; then
	echo "skip: ../shared/bench/make-ntfs is not there"
	exit 0
fi
dir=$(mktemp -d "$BUILD/ntfs-many.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
../shared/bench/make-ntfs --size $((files / 156 + 128)) --truth "$dir/truth.tsv" "$files" "$dir/v.img" || exit 1
status=0
tests/oracle/ntfs-truth "$SPOOR" "$dir/v.img" "$dir/truth.tsv" "$samples" || status=1

# path, address, times; no name has "|" here
lines() { LC_ALL=C awk -F '|' -v OFS='|' '{ print $3, $2, $8, $9, $10, $11 }' | LC_ALL=C sort; }
fls -r -m / "$dir/v.img" | lines >"$dir/fls"
"$SPOOR" walk -q --format bodyfile "$dir/v.img" | lines >"$dir/spoor"
LC_ALL=C comm -23 "$dir/fls" "$dir/spoor" >"$dir/missing"
# fls gives streams numbers of its own where they lie in extension records, and leaves out one whose number another stream of the file has
LC_ALL=C comm -13 "$dir/fls" "$dir/spoor" | awk -F '|' 'NR == FNR { known[$1] = 1; next } { if ($1 in known) lost++; else print } END { print lost + 0 > "/dev/stderr" }' "$dir/fls" - 2>"$dir/lost" >"$dir/more"
printf '%s lines of fls: %s are not spoor'\''s, spoor has %s others and %s that fls leaves out because their number is another stream'\''s\n' "$(wc -l <"$dir/fls")" "$(wc -l <"$dir/missing")" "$(wc -l <"$dir/more")" "$(cat "$dir/lost")"
head -n 20 "$dir/missing" "$dir/more"
[ -s "$dir/fls" ] && [ ! -s "$dir/missing" ] && [ ! -s "$dir/more" ] && [ "$(cat "$dir/lost")" -lt $((files / 5000 + 1)) ] || status=1
exit $status
