#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Hives: every key, value and time against libregf; with their logs against the figures that INDEX.tsv has of yarp, and the image after replay against Windows' own.
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" registry >/dev/null && make -C "$BUILD" -s tests/oracle/list-hive || exit 1
lister=$BUILD/tests/oracle/list-hive samples=$BUILD/evidence/registry index=../shared/evidence/registry/INDEX.tsv
status=0 replayed=0 compared=0 refused=0
while IFS=$'\t' read -r name format _ _ _ _ _ _ _ _ _ _ _ state logs keys values _; do
	[ "$format" = regf ] && [ "$state" = dirty ] && [[ $logs =~ ^[0-9]+$ ]] || continue
	found=$("$lister" -c "$samples/$name" "$samples/$name.LOG1" "$samples/$name.LOG2" 2>/dev/null)
	case $found in
	"$keys $values dirty_replayed "*) replayed=$((replayed + 1)) ;;
	*) echo "NOT: $name: $found, yarp $keys keys, $values values"; status=1 ;;
	esac
done < <(sed 's/\t\t/\t-\t/g;s/\t\t/\t-\t/g' "$index")
# 34 bytes: base block, time of the first bin, access bits of the root
for pair in NewDirtyHive1/NewDirtyHive:RecoveredHive_Windows10:3 OldDirtyHive/OldDirtyHive:RecoveredHive_Windows7:34; do
	IFS=: read -r hive windows most <<<"$pair"
	hive=$samples/yarp/$hive
	differ=$("$lister" -i "$hive" "$hive.LOG1" "$hive.LOG2" 2>/dev/null | cmp -l - "$(dirname "$hive")/$windows" | wc -l)
	[ "$differ" -le "$most" ] || { echo "NOT: $hive: $differ bytes differ from what Windows made of it"; status=1; }
done
echo "$replayed hives with their logs are as INDEX.tsv says"
[ "$replayed" -ge 7 ] || status=1
if ! /usr/bin/python3 -c 'import pyregf' 2>/dev/null; then
	echo "skip: python3-libregf is not there"
	exit "$status"
fi
while read -r name; do
	case $name in
	synth/cycle_* | synth/ri_self.hiv) continue ;;  # libregf never ends, or dies
	esac
	out=$(timeout 120 tests/oracle/regf-compare "$lister" "$samples/$name" 2>&1)
	case $? in
	0) compared=$((compared + 1)) ;;
	3) refused=$((refused + 1)) ;;
	*) echo "NOT: $name:"; tail -n 5 <<<"$out"; status=1 ;;
	esac
done < <(awk -F '\t' '$2 == "regf" { print $1 }' "$index")
echo "$compared hives as libregf reads them, $refused that it does not open"
[ "$compared" -ge 40 ] || status=1
exit $status
