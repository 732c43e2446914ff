#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# spoor mount for people: a tree of what was found, with what is locked, damaged, missing or unknown below what it concerns; records when nobody looks.
. tests/cli/lib.bash
fixtures demo gpt e01-damage
tree() { "$SPOOR" mount -q --format tree "$@" >"$T/tree" 2>"$T/err"; }
has() { grep -qE -- "$1" "$T/tree" || { fail "no line like '$1'"; cat "$T/tree"; }; }
tree "$F/demo/acme.E01" "$F/demo/ann.mbox" || fail "exit $?"
has '/acme\.E01  8\.0 MiB, ewf, hash of the media stored, holds mbr$'
has '^  mbr:1  NTFS, exFAT or HPFS, 6\.0 MiB, ntfs$'
has '^  mbr:@0-2047  unallocated, 1\.0 MiB$'
has '/ann\.mbox  2\.6 KiB, mbox'
grep -q '{' "$T/tree" && fail "records between the lines"
# every volume of the records is a line
tree "$F"/gpt.img
"$SPOOR" mount -q "$F"/gpt.img | jq -r 'select(.type == "node" and .kind == "volume") | .locator' | while read -r l; do grep -q "^  ${l##*::}  " "$T/tree" || fail "no line for $l"; done
# damage, with its exit status
for f in "$F"/e01-damage/*.E01; do
	"$SPOOR" mount -q "$f" >"$T/records" 2>/dev/null; want=$?
	tree "$f"; got=$?
	[ $got = $want ] || fail "$f: exit $got as a tree, $want as records"
	[ "$(grep -c '^ *damaged: \|^ *missing: \|^ *limit: \|^ *unsupported: ' "$T/tree")" = "$(grep -c '"type":"error"' "$T/records")" ] || fail "$f: not every error is a line"
done
printf 'nothing that is known begins here, and nothing else\0' >"$T/odd.bin"
truncate -s 1M "$T/odd.bin"
tree "$T/odd.bin"
has '/odd\.bin  1\.0 MiB'
tree "$T/none"; got=$?
[ $got = 3 ] || fail "no evidence: exit $got"
has '/none  can.t be opened$'
has '^  missing: there is no such file$'
if command -v cryptsetup >/dev/null; then
	truncate -s 4M "$T/locked.img"
	printf secret | cryptsetup luksFormat -q --type luks1 --pbkdf-force-iterations 1000 "$T/locked.img" - 2>/dev/null && { tree "$T/locked.img"; has '^  locked: LUKS'; }
else
	echo "skip: cryptsetup is not installed"
fi
# a terminal gets the tree, everything else records; names of evidence can't act on it
cp "$F/demo/ann.mbox" "$T/"$'a\e]0;b\a.mbox'
TERM=xterm script -qec "'$SPOOR' mount -q '$T/'a*.mbox" "$T/typescript" </dev/null >/dev/null
grep -q 'KiB, mbox' "$T/typescript" || fail "no tree on a terminal"
grep -v '^Script ' "$T/typescript" | grep -q $'\e' && fail "a name acts on the terminal"
"$SPOOR" mount -q "$F/demo/ann.mbox" | head -n 1 | grep -q '"type":"start"' || fail "no records in a pipe"
status 2 "$SPOOR" mount --format csv "$F/demo/ann.mbox"
got=0; "$SPOOR" mount -q --format tree "$F/demo/ann.mbox" >/dev/full 2>"$T/err" || got=$?
[ $got = 4 ] || fail "a tree to a full device: exit $got"
finish
