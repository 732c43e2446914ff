#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The artefact parsers on the artefact samples, counts against those of other programs.
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" artifacts >/dev/null && make -C "$BUILD" -s tests/oracle/parse-artifact &&
	tests/oracle/artifact-counts "$BUILD/tests/oracle/parse-artifact" "$BUILD/evidence/artifacts" ../shared/evidence/artifacts/INDEX.tsv
