#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every MSG, OFT and TNEF sample against the attachments that independent readers found.
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" mail >/dev/null || exit 1
make -C "$BUILD" -s tests/oracle/list-container tests/oracle/unwrap-rtf >/dev/null || exit 1
bad=0
for row in msg tnef; do
	tests/oracle/msg-compare "$BUILD/tests/oracle/list-container" "$BUILD/tests/oracle/unwrap-rtf" "$BUILD/evidence/mail" ../shared/evidence/mail/INDEX.tsv "$BUILD/evidence/mail/ATTACHMENTS.tsv" $row || bad=1
done
exit $bad
