#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Our EWF reader against the raw media and libewf: every kind that ewfacquire writes, every kind of damage (the lost ranges must be those of
# EXPECT.tsv, column "lost": nobody can have them), and, where EVIDENCE names the unpacked evidence sets, every E01 in there
# (INDEX: their INDEX.tsv, whose column media_sha256 must be met).
set -u
printf '#include <libewf.h>\n' | ${CC:-cc} -E - >/dev/null 2>&1 || { echo "skip: libewf-dev is not installed"; exit 0; }
command -v ewfacquire >/dev/null || { echo "skip: ewfacquire is not installed"; exit 0; }
compare=$BUILD/tests/oracle/ewf-compare
rows=$BUILD/tests/oracle/ewf-rows/format
mkdir -p "$rows"
echo 'FORMAT(format_ewf)' >"$rows/table.def"         # a table with this row alone: nothing else needs to be linked
${CC:-cc} -std=gnu17 -D_GNU_SOURCE -O2 -I"${rows%/format}" -Isrc tests/oracle/ewf-compare.c -o "$compare" \
	src/format/format.c src/format/node.c src/format/image/ewf*.c src/source/*.c src/base/*.c src/record/{record_build,record_view,json_read,json_write,locator}.c \
	-lewf -ldeflate -lcrypto -lz -lm || exit 1
status=0
for set in e01 e01-damage; do
	[ -e "$BUILD/fixtures/.$set" ] || { tests/fixtures/make "$BUILD/fixtures" $set >/dev/null && touch "$BUILD/fixtures/.$set"; } || exit 1
done
not() { echo "NOT: $*"; status=1; }

for first in "$BUILD"/fixtures/e01/*.[Es]01; do
	raw=mbr.img
	[ "$(basename "$first")" = ntfs.E01 ] && raw=ntfs.img
	for turn in 1048576 4096 1000; do
		out=$("$compare" --read $turn --raw "$BUILD/fixtures/$raw" "$first") || not "$first differs from $raw: $out"
	done
	out=$("$compare" "$first") || not "$first differs from libewf: $out"
	case $out in *error*) not "$first: $out" ;; esac
done

while IFS=$'\t' read -r kind files lost _; do
	[ "$kind" = kind ] && continue
	out=$("$compare" --raw "$BUILD/fixtures/e01-damage/m.raw" "$BUILD/fixtures/e01-damage/$kind"/m.E*) || not "$kind: $out"
	bad=$(sed -n 's/^bad //p' <<<"$out" | paste -sd,)
	[ "${bad:--}" = "$lost" ] || not "$kind: lost ${bad:--}, not $lost: $out"
	[ "$kind" = intact ] || [ "$kind" = e02-e03-swapped ] || grep -q '^error' <<<"$out" || not "$kind: no error told"
done <"$BUILD/fixtures/e01-damage/EXPECT.tsv"

if [ -n "${EVIDENCE:-}" ]; then
	index=${INDEX:-$EVIDENCE/volumes/INDEX.tsv}
	for first in "$EVIDENCE"/volumes/*.[Es]01 "$EVIDENCE"/volumes/e01-damage/intact/m.E01; do
		name=${first#"$EVIDENCE"/volumes/}
		[ -e "$index" ] && want=$(awk -F'\t' -v n="$name" '$1 == n { print $10 }' "$index") || want=
		out=$("$compare" ${want:+--sha256 "$want"} "$first") || not "$name: $out"
	done
	# logical evidence: names and sizes as libewf has them where it opens the sample; it gives zeros for the content, which is a zip that tests whole
	T=$(mktemp -d "${TMPDIR:-/tmp}/spoor-l01-XXXXXX")
	trap 'rm -rf "$T"' EXIT
	named=0
	for l01 in "$EVIDENCE"/volumes/ltree*.L01; do
		"$BUILD/spoor" walk -q "$l01" 2>/dev/null | jq -r 'select(.kind == "file" and (.path // "") != "") | .path + " " + .size' | sort >"$T/ours"
		"$BUILD/spoor" cat -q "$l01::l01:/LogicalEntries/ltree.xlsx" >"$T/x.zip" 2>/dev/null
		unzip -tq "$T/x.zip" >/dev/null || not "$(basename "$l01"): its one file is not whole"
		ewfexport -u -q -f files -t "$T/theirs" "$l01" >/dev/null 2>&1 || continue
		(cd "$T/theirs" && find . -type f -printf '/%P %s\n') | sort | cmp -s - "$T/ours" || not "$(basename "$l01"): other files than libewf's"
		rm -rf "$T/theirs"
		named=$((named + 1))
	done
	[ "$named" -gt 0 ] || not "no logical evidence was compared"
fi
exit $status
