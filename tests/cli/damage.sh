#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Missing and damaged evidence: named, counted once, and nothing else is lost.
. tests/cli/lib.bash
fixtures e01-damage artifacts ext4
status 3 "$SPOOR" triage -o "$T/none" "$T/not-there"
[ -e "$T/none" ] && fail "a case directory was left although there was no evidence"
status 1 "$SPOOR" triage -q -o "$T/half" "$T/not-there" "$F/ext4.img"
[ "$(grep -c evidence.open "$T/half/data/errors.jsonl")" = 1 ] || fail "one missing file is not one error"
status 0 "$SPOOR" verify -q "$T/half"
status 0 "$SPOOR" verify -q "$F/e01-damage/intact/m.E01"
grep -q '"verified":"match"' "$T/out" || fail "an intact set does not match its stored hashes"
for kind in "$F"/e01-damage/*/; do
	kind=$(basename "$kind")
	case $kind in intact | e02-e03-swapped) continue ;; esac
	"$SPOOR" verify -q "$F/e01-damage/$kind/m.E01" >"$T/out" 2>/dev/null
	[ $? = 1 ] || fail "$kind: verify does not exit 1"
	grep -q '"kind":"ewf\.' "$T/out" || fail "$kind: the damage is not named"
done
"$SPOOR" parse -q "$F/artifacts/linux" >"$T/out" 2>/dev/null
grep -c '"type":"artifact"' "$T/out" | grep -qv '^0$' || fail "no artefact in the Linux tree"
twice=$(jq -r 'select(.type=="artifact") | .artifact + " " + .locator' "$T/out" | sort | uniq -d)
[ -z "$twice" ] || fail "an artefact is told twice: $twice"
# ext without its first superblock and group descriptors: the copies in the second group serve, and it is said
mkdir "$T/tree" && printf 'kept\n' >"$T/tree/kept.txt"
truncate -s 20M "$T/ext.img" && mke2fs -q -F -t ext4 -b 1024 -d "$T/tree" "$T/ext.img" >/dev/null 2>&1 || fail "no ext4"
ext_files() { "$SPOOR" walk -q --errors-ok --hash sha256 "$T/ext.img" >"$T/out"; jq -r 'select(.type == "node" and .path) | .path + " " + (.sha256 // "")' "$T/out" | sort; }
ext_files >"$T/want"
dd if=/dev/zero of="$T/ext.img" bs=1k count=3 conv=notrunc status=none
ext_files | cmp -s - "$T/want" || fail "ext without its first superblock: other files"
grep -q 'kept.txt' "$T/want" || fail "ext4 gives no files"
grep -q '"kind":"ext.superblock".*"class":"damage"' "$T/out" || fail "that the first superblock is gone is not told"
finish
