#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every PST and OST sample against the counts of an independent reader, the hashes of its attachments, and pffexport.
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" mail >/dev/null || exit 1
make -C "$BUILD" -s tests/oracle/list-container >/dev/null || exit 1
command -v pffexport >/dev/null || echo "skip: pffexport (pff-tools) is not installed; only the lists are compared"
tests/oracle/pst-compare "$BUILD/tests/oracle/list-container" "$BUILD/evidence/mail" ../shared/evidence/mail/INDEX.tsv "$BUILD/evidence/mail/ATTACHMENTS.tsv"
