#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pipeline.sh BUILD [N]: N made events (default 1000000) into a bundle; beside it, in the same run, what sort and a plain sqlite3 import cost. CPU seconds.
set -eu
build=$1 n=${2:-1000000}
t=$(mktemp -d "${TMPDIR:-/var/tmp}/pipeline.XXXXXX")
trap 'rm -rf "$t"' EXIT
events=$build/tests/bench/events
cpu() { local name=$1; shift; { TIMEFORMAT="$name: %U + %S CPU s"; time "$@"; }; }
mkdir "$t/case"
mkdir "$t/part"
echo "the events' part of a bundle alone (20 CPU s for ten million are wanted):"; "$events" timeline "$n" "$t/part"
rm -rf "$t/part"
echo "worker's part, made events:"; "$events" frames "$n"
echo "broker, bundle:"; "$events" bundle "$n" "$t/case"
echo "broker, JSON:"; "$events" json "$n" >/dev/null
zstd -qdc "$t/case/data/records.jsonl.zst" | grep '^{"time"' >"$t/lines"
rm -rf "$t/case"
cpu 'sort of the events as lines (LC_ALL=C, 128 MiB)' env LC_ALL=C sort --parallel=1 -S 128M -T "$t" -o "$t/sorted" "$t/lines"
cpu 'zstd -1 of the sorted lines' zstd -q --single-thread -1 -c "$t/sorted" -o "$t/sorted.zst"
rm "$t/lines"
printf '%s\n' 'PRAGMA journal_mode=OFF;' 'CREATE TABLE event(line TEXT);' '.separator "\001"' ".import $t/sorted event" >"$t/import"
cpu 'plain sqlite3 import of the sorted lines' sqlite3 "$t/plain.sqlite" ".read $t/import" >/dev/null
