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
# what no list leads to: each key and value against a reading of its own of the same image; the counts beside those that INDEX.tsv has of yarp
deleted=0 keys=0 values=0 as_yarp=0 others=() damaged=()
while IFS=$'\t' read -r name yarp; do
	logs=()
	for log in LOG1 LOG2; do [ ! -e "$samples/$name.$log" ] || logs+=("$samples/$name.$log"); done
	out=$(timeout 60 tests/oracle/regf-deleted "$lister" "$samples/$name" "${logs[@]}" 2>&1)
	code=$?
	[ $code -eq 3 ] && continue
	[ $code -eq 4 ] && { damaged+=("$name"); continue; }
	read -r k v _ foreign <<<"$(tail -n 1 <<<"$out")"
	[ $code -eq 0 ] || { echo "NOT: $name: deleted keys and values:"; head -n 12 <<<"$out"; status=1; continue; }
	deleted=$((deleted + 1)) keys=$((keys + k)) values=$((values + v))
	if [ "$yarp" = "$k/$v" ]; then
		as_yarp=$((as_yarp + 1))
	elif [[ $yarp =~ ^[0-9]+/[0-9]+$ ]]; then
		others+=("$name: $k/$v, yarp $yarp$([ "$foreign" = 0 ] || echo ": in bins of another hive behind the end are $foreign places that begin like keys and values, which yarp takes and spoor tells as a note")")
	fi
done < <(awk -F '\t' '$2 == "regf" { print $1 "\t" $18 }' "$index")
echo "$deleted hives: $keys deleted keys, $values deleted values as another reading of the image has them; $as_yarp as many as yarp, others:"
printf '  %s\n' "${others[@]}"
echo "${#damaged[@]} whose chain of bins or keys is broken are not compared: ${damaged[*]}"
[ "$deleted" -ge 55 ] && [ "$as_yarp" -ge 49 ] || status=1
if ! /usr/bin/python3 -c 'import pyregf' 2>/dev/null; then
	echo "skip: python3-libregf is not there"
	exit "$status"
fi
causes='' why=''
while read -r name; do
	case $name in
	synth/cycle_* | synth/ri_self.hiv) continue ;;  # libregf never ends, or dies
	esac
	out=$(timeout 120 tests/oracle/regf-compare "$lister" "$samples/$name" 2>&1)
	case $? in
	0) compared=$((compared + 1)) causes+=$out$'\n' ;;
	3) refused=$((refused + 1)) why+="  $name: $out"$'\n' ;;
	*) echo "NOT: $name:"; tail -n 5 <<<"$out"; status=1 ;;
	esac
done < <(awk -F '\t' '$2 == "regf" { print $1 }' "$index")
echo "$compared hives as libregf reads them, $refused that it does not open:"
printf '%s' "$why"
# the last line of each: "N keys, N values; cause N; ..."
grep -a ' keys, .* values; ' <<<"$causes" | awk '{
	for (i = 1; i <= NF; i++) if ($i ~ /^[0-9]+[,;:]?$/) { n = $i; gsub(/[^0-9]/, "", n); sum[i] += n; $i = "\001" substr($i, length(n) + 1) } line = $0
} END { n = split(line, word, " "); for (i = 1; i <= n; i++) { if (word[i] ~ /^\001/) word[i] = sum[i] + 0 substr(word[i], 2); printf "%s%s", word[i], i < n ? " " : "\n" } }'
[ "$compared" -ge 40 ] || status=1
exit $status
