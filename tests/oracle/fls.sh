#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every file system of the fixtures listed as fls lists it.
set -u
status=0
for img in ntfs ext4 ext2-deep fat12 fat16 fat32 exfat iso; do
	name=${img%%[0-9][0-9]}
	[ -e "$BUILD/fixtures/.$name" ] || { tests/fixtures/make "$BUILD/fixtures" $name >/dev/null && touch "$BUILD/fixtures/.$name"; } || exit 1
	f=$(ls "$BUILD/fixtures/$img".i* | head -n 1)
	"$SPOOR" walk -q --format bodyfile "$f" >"$BUILD/fixtures/$img.body" 2>/dev/null
	python3 tests/oracle/fls-compare "$f" "$BUILD/fixtures/$img.body" || { echo "NOT: $img"; status=1; }
done
# the evidence sets have a target of their own: tests/oracle/fls-all
exit $status
