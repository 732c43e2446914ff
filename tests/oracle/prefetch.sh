#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every prefetch sample against sccainfo.
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" ntfs >/dev/null || exit 1
mapfile -t files < <(find "$BUILD/evidence/ntfs" -name '*.pf' | sort)
tests/oracle/prefetch-compare "$SPOOR" --index ../shared/evidence/ntfs/INDEX.tsv "${files[@]}"
