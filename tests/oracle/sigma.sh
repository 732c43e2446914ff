#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SigmaHQ's rules over the logs that were recorded for them: each rule fires on its log as often as its authors state, and of all others only those that another evaluator
# named. The rules are not part of this project: SIGMA_RULES names a clone of SigmaHQ/sigma.
set -u
here=$(dirname "$0")
source=$(cd "$here/../.." && pwd)
hunt=$source/../shared/evidence/hunt
[ -e "$hunt/data.tar.xz" ] || { echo "skip: ../shared/evidence/hunt is not there"; exit 0; }
[ -d "${SIGMA_RULES:-}/rules/windows" ] || { echo "skip: SIGMA_RULES names no clone of SigmaHQ/sigma: its rules are not compared with their logs"; exit 0; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
tar -C "$tmp" -xJf "$hunt/data.tar.xz" || exit 1
sets=()
for d in rules/windows rules-emerging-threats rules-threat-hunting rules-placeholder; do
	[ -d "$SIGMA_RULES/$d" ] && sets+=(--sigma "$SIGMA_RULES/$d")
done
"$SPOOR" scan -q --errors-ok "${sets[@]}" "$tmp" | "$here/sigma-compare" "$hunt/INDEX.tsv"
