#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The ledger adds up, and a file system has the metadata addresses that fls lists: the fixtures, and the sample disks when they are there.
set -u
images=()
for img in ntfs ext4 ext2-deep fat12 fat16 fat32 exfat mbr gpt; do
	name=${img%%[0-9][0-9]}
	[ -e "$BUILD/fixtures/.$name" ] || { tests/fixtures/make "$BUILD/fixtures" $name >/dev/null && touch "$BUILD/fixtures/.$name"; } || exit 1
	images+=("$(ls "$BUILD/fixtures/$img".i* | head -n 1)")
done
samples=("$BUILD"/evidence/disk/*.img "$BUILD"/evidence/disk/*.dd "$BUILD"/evidence/disk/*.raw)
for f in "${samples[@]}"; do [ -e "$f" ] && images+=("$f"); done
[ ${#images[@]} -gt 9 ] || echo "skipped: the sample disks are not unpacked in $BUILD/evidence"
T=$(mktemp -d "${TMPDIR:-/tmp}/spoor-ledger-XXXXXX")
trap 'rm -rf "$T"' EXIT
python3 tests/oracle/ledger-compare "$SPOOR" "$T" "${images[@]}"
