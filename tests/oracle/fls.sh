#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every file system of the fixtures, and of the evidence sets where they are there, listed as fls lists it.
set -u
status=0
for img in ntfs ext4 ext2-deep fat12 fat16 fat32 exfat iso; do
	[ -e "$BUILD/fixtures/.$img" ] || { tests/fixtures/make "$BUILD/fixtures" $img >/dev/null && touch "$BUILD/fixtures/.$img"; } || exit 1
	f=$(ls "$BUILD/fixtures/$img".i* | head -n 1)
	"$SPOOR" walk -q --format bodyfile "$f" >"$BUILD/fixtures/$img.body" 2>/dev/null
	python3 tests/oracle/fls-compare "$f" "$BUILD/fixtures/$img.body" || { echo "NOT: $img"; status=1; }
done
if [ -d ../shared/evidence ]; then
	../shared/evidence/unpack "$BUILD/evidence" disk volumes >/dev/null && bash tests/oracle/fls-all "$SPOOR" "$BUILD/evidence" || status=1
else
	echo "skip: ../shared/evidence is not there"
fi
exit $status
