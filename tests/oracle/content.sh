#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# content.sh [all]: SHA-256 of what our rows take out of the samples of ../shared/evidence against that of what other programs take out: messages of mailboxes and parts of
# messages (python's mailbox and email, and the list of attachments that comes with the samples); with `all` the members of archives too (bsdtar, gzip and its kin), which takes
# minutes (make check-table). Attachments of PST and OST are compared by pst.sh, those of MSG and TNEF by msg.sh.
set -u
cd "$(dirname "$0")/../.."
: "${SPOOR:=build/spoor}" "${BUILD:=build}"
[ -d ../shared/evidence ] || { echo "skip: ../shared/evidence is not there"; exit 0; }
make -C "$BUILD" -s tests/oracle/list-container >/dev/null || exit 1
list=$(cd "$BUILD" && pwd)/tests/oracle/list-container
bad=0
../shared/evidence/unpack "$BUILD/evidence" mail archives >/dev/null || exit 1
(cd "$BUILD/evidence/mail" && find eml mbox judge -type f \( -name '*.eml' -o -name '*.mbox' -o -name '*.txt' \) -print0 | LC_ALL=C sort -z) |
	xargs -0 tests/oracle/mbox-compare "$list" --attachments "$BUILD/evidence/mail/ATTACHMENTS.tsv" "$BUILD/evidence/mail" || bad=1
[ "${1:-}" = all ] || exit $bad
command -v bsdtar >/dev/null || { echo "skip: bsdtar is not installed"; exit $bad; }
find "$BUILD/evidence/archives" -type f -print0 | LC_ALL=C sort -z | xargs -0 tests/oracle/archive-compare "$list" || bad=1
exit $bad
