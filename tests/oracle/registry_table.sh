#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every registry artefact of ../shared/facts is a row of the table, and gives events: out of made hives, or, where a value's bytes are a format of their own, out of the samples.
set -u
if [ ! -d ../shared/evidence ] || [ ! -e ../shared/facts/registry-artifacts.tsv ]; then
	echo "skip: ../shared is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" registry >/dev/null || exit 1
tests/oracle/registry-table "$SPOOR" ../shared/facts/registry-artifacts.tsv src/artifact/windows/registry.tsv "$BUILD/evidence/registry"
