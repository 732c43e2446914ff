#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every example of the man pages (EXAMPLES, literal blocks) and of the README (blocks marked sh) runs as it stands, on evidence under the names that they use, ends with
# status 0, and writes something. And the pages are clean: mandoc finds nothing, every page that one refers to is there, every module has its page.
. tests/cli/lib.bash
fixtures demo ntfs artifacts
make -C "$BUILD" -s man/spoor-records.5 man/spoor-formats.7 >/dev/null 2>&1
pages=(man/*.[157] "$BUILD"/man/*.[157])
[ ${#pages[@]} -ge 17 ] || fail "only ${#pages[@]} man pages are there"

# ---- the pages
for p in "${pages[@]}"; do
	mandoc -Tlint "$p" 2>/dev/null | grep -v -e 'input text line longer than 80 bytes' -e 'referenced manual not found' >"$T/lint"
	[ -s "$T/lint" ] && { fail "mandoc about $p"; cat "$T/lint"; }
	sed -n 's/^\.Xr \(spoor[^ ]*\) \([0-9]\).*/\1.\2/p' "$p" | while read -r to; do
		[ -e "man/$to" ] || [ -e "$BUILD/man/$to" ] || echo "$p refers to $to, which is not there"
	done >"$T/lost"
	[ -s "$T/lost" ] && fail "$(cat "$T/lost")"
done
# each row of the table of formats has its line, and one that says what it is
grep -o '(format_[A-Za-z0-9]*)' src/format/table.def | wc -l >"$T/rows"
awk '/^\.It Cm /{ n++; getline; if (length($0) < 8 || $0 ~ /^\./) print "no line about format " n }
	END { print n }' "$BUILD/man/spoor-formats.7" | cmp -s - "$T/rows" || fail "spoor-formats(7) has not a line for each of the $(cat "$T/rows") formats"
for m in $("$SPOOR" help | sed -n 's/^  \([a-z]*\)  *.*/\1/p'); do
	[ -e "$BUILD/man/spoor-$m.1" ] || fail "module $m has no man page"
done

# ---- the examples: one a line; a line that ends in a pipe or a backslash goes on
examples() {
	case $1 in
	*.md) sed -n '/^```sh$/,/^```$/{/^```/!p}' "$1" ;;
	*) sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE ALSO/{/^\.Bd -literal/,/^\.Ed/{/^\./!p}}' "$1" | sed 's/\\-/-/g;s/\\e/\\/g;s/\\&//g' ;;
	esac | sed -e ':a' -e '/[|\\]$/{N;s/\\\n/ /;s/\n/ /;ba' -e '}' -e 's/[[:space:]]*#[^"]*$//'
}
mkdir "$T/bin"
ln -s "$(realpath "$SPOOR")" "$T/bin/spoor"
# the demo case with the specimens that rules find, as quickstart makes it
made=$BUILD/fixtures/specimen
[ -e "$made/.made" ] || { tests/rules/make-specimens --demo "$T/specimen" && SPOOR_SPECIMEN=$T/specimen tests/fixtures/make "$made" demo && touch "$made/.made"; } >"$T/make" 2>&1 || fail "the demo case: $(tail -n 2 "$T/make")"
demo=$(realpath "$made/demo") ntfs=$(realpath "$F/ntfs.img") wtmp=$(find "$(realpath "$F/artifacts")" -name wtmp | head -n 1) rules=$(realpath yara-rules)
PATH=$T/bin:$PATH
scene() {
	mkdir "$1"
	ln -s "$demo/acme.E01" "$1/disk.E01"
	ln -s "$demo/ann.mbox" "$1/mail.mbox"
	ln -s "$ntfs" "$1/disk.img"
	ln -s "$wtmp" "$1/wtmp.old"
	ln -s "$rules" "$1/yara-rules"
	printf 'PK\003\004 the rest of this archive is gone' >"$1/damaged.zip"
}
scene "$T/made"
(cd "$T/made" && spoor triage -q --errors-ok -o case.spoor disk.E01 mail.mbox damaged.zip) || fail "triage of the demo case"
ran=0
for p in README.md "${pages[@]}"; do
	examples "$p" >"$T/examples"
	while IFS= read -r line; do
		[ "$line" ] || continue
		ran=$((ran + 1))
		scene "$T/$ran"
		# what an example reads another one has written
		case $line in *"-o case.spoor"*) to=case.spoor/data/report.html ;; *case.spoor*) cp -r "$T/made/case.spoor" "$T/$ran/" ;;& *) to=$(sed -n 's/.*> *\([A-Za-z0-9._-]*\)$/\1/p' <<<"$line") ;; esac
		got=0
		(cd "$T/$ran" && bash -o pipefail -c "$line") >"$T/out" 2>"$T/err" </dev/null || got=$?
		# selftest tells what a build without the sandbox lacks
		[ "$line" != "spoor selftest" ] || sandboxed || got=$((got - 1))
		[ $got = 0 ] || { fail "$p: exit $got: $line"; head -n 5 "$T/err"; }
		if [ "$to" ]; then to=$T/$ran/$to; else to=$T/out; fi
		[ -s "$to" ] || fail "$p: no output: $line"
		rm -rf "$T/${ran:?}"
	done <"$T/examples"
done
echo "$ran examples ran"
[ $ran -ge 20 ] || fail "only $ran examples were found"
finish
