#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each line of spoor-formats(7) is true: formats.tsv has a sample for each format; what is supported opens, what is not is told as unsupported, and the line says which.
. tests/cli/lib.bash
table=tests/cli/formats.tsv evidence=$BUILD/evidence
"$BUILD/spoor-worker" __formats | awk '/^\.It Cm /{ name = $3; getline; print name "\t" $0 }' >"$T/lines"
cut -f1 "$T/lines" | sort >"$T/named"
grep -v '^#' "$table" | cut -f1 | sort | diff - "$T/named" >"$T/diff" || { fail "formats.tsv and spoor-formats(7) name other formats"; cat "$T/diff"; }
if [ -d ../shared/evidence ]; then
	../shared/evidence/unpack "$evidence" volumes disk archives mail >/dev/null || exit 1
else
	echo "skip: ../shared/evidence is not there; only what is made here is tried"
fi
fixtures ntfs mail >/dev/null

sample() { # SAMPLE: its path to $path; false: not there
	local part
	case $1 in
	fixture:*) path=$BUILD/fixtures/${1#fixture:} ;;
	cat:fixture:*) path=$T/sample; "$SPOOR" cat -q "$BUILD/fixtures/${1#cat:fixture:}" >"$path" 2>/dev/null ;;
	bytes:*) path=$T/sample; printf "${1#bytes:}" >"$path" ;;
	at:*)
		path=$T/sample
		rm -f "$path"
		truncate -s 1M "$path"
		local IFS=,
		for part in ${1#at:}; do printf "${part#*:}" | dd of="$path" bs=1 seek="${part%%:*}" conv=notrunc status=none; done ;;
	gz:*) path=$T/sample; zcat "$evidence/${1#gz:}" >"$path" 2>/dev/null || return 1 ;;
	*) path=$evidence/$1 ;;
	esac
	[ -s "$path" ]
}

tried=0
while IFS=$'\t' read -r format state what; do
	line=$(awk -F'\t' -v f="$format" '$1 == f { print $2 }' "$T/lines")
	case $line in
	*recognised*) said=not ;;
	*\ not\ * | *' nor '* | *' told'* | *' without '* | *\ only\ * | *' only' | *' elsewhere'*) said=partly ;;
	*) said=supported ;;
	esac
	[ "$said" = "$state" ] || fail "$format is $state; its line says: $line"
	sample "$what" || { [ -d ../shared/evidence ] && fail "$format: no sample $what"; continue; }
	tried=$((tried + 1))
	"$SPOOR" walk -q --snapshots=all --unallocated=all "$path" >"$T/out" 2>"$T/err"
	[ $? -le 1 ] || [ "$state" = not ] || fail "$format: $what can't be opened"
	jq -e -s --arg f "$format" 'any(.[]; .format == $f or ((.locator // "") | contains("::" + $f + ":")))' "$T/out" >/dev/null || fail "$format: $what is not known as such"
	if [ "$state" = not ]; then
		jq -e -s --arg f "$format" 'any(.[]; (.type == "error" and .class == "unsupported" or .type == "note") and (.kind | startswith($f + ".") or . == "fs." + $f) and (.message | length) > 8)' "$T/out" >/dev/null ||
			fail "$format: nothing tells that it is not read"
		continue
	fi
	# a key is asked for where there is none; of all others something comes out
	jq -e -s --arg f "$format" 'any(.[]; .type == "error" and .class == "locked" and (.kind | startswith($f + "."))) or any(.[]; .type == "node" and ((.locator // "") | contains("::" + $f + ":"))) or
		any(.[]; .type == "evidence" and .format == $f and (.layer == "image" or .layer == "mail") and .state == "read")' "$T/out" >/dev/null || fail "$format: nothing comes out of $what"
done < <(grep -v '^#' "$table")
echo "$tried of $(wc -l <"$T/named") formats tried"
exit $bad
