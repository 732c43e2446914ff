#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Small mail stores (EMLX, Maildir, Outlook Express) against python's readers and undbx.
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" mail >/dev/null || exit 1
make -C "$BUILD" -s tests/oracle/list-container >/dev/null || exit 1
tests/oracle/stores-compare "$BUILD/tests/oracle/list-container" "$SPOOR" "$BUILD/evidence/mail"
