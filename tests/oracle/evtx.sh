#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Event logs: counts against an independent count by signatures, every record and field against libevtx, and those from before Windows Vista against libevt, where their Python modules are there.
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" evtx hunt >/dev/null && make -C "$BUILD" -s tests/oracle/parse-artifact || exit 1
tool=$BUILD/tests/oracle/parse-artifact status=0
for set in evtx hunt; do
	tests/oracle/evtx-counts "$tool" "$BUILD/evidence/$set" "../shared/evidence/$set/INDEX.tsv" || status=1
done
if /usr/bin/python3 -c 'import pyevtx' 2>/dev/null; then
	/usr/bin/python3 tests/oracle/evtx-compare "$tool" "$BUILD"/evidence/evtx/*.evtx "$BUILD"/evidence/hunt/*.evtx || status=1
else
	echo "skip: no comparison of fields, python3-libevtx is not there"
fi
if /usr/bin/python3 -c 'import pyevt' 2>/dev/null; then
	tests/oracle/evt-compare "$tool" ../shared/evidence/evtx/INDEX.tsv "$BUILD"/evidence/evtx/*.[Ee]vt || status=1
else
	echo "skip: no comparison of logs from before Windows Vista, python3-libevt is not there"
fi
exit $status
