#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# table.sh [all]: sample by sample of ../shared/evidence the figure of an independent tool and spoor's, by tests/oracle/table. Without `all` the images of disks only: the others take
# minutes (make check-table).
set -u
cd "$(dirname "$0")/../.."
: "${SPOOR:=build/spoor}" "${BUILD:=build}"
for tool in fls bsdtar zipinfo qemu-img; do
	command -v "$tool" >/dev/null || { echo "skip: $tool is not installed"; exit 0; }
done
[ -d ../shared/evidence ] || { echo "skip: ../shared/evidence is not there"; exit 0; }
../shared/evidence/unpack "$BUILD/evidence" disk volumes archives >/dev/null || exit 1
sets=volumes
[ "${1:-}" != all ] || sets="disk volumes archives"
tests/oracle/table "$SPOOR" "$BUILD/evidence" $sets
