#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Containers that are too large for memory and come in one piece after the other: what is in them is given as if they lay on the disk, and each locator opens.
. tests/cli/lib.bash
mkdir -p "$T/in/d" && cd "$T/in" || exit 1
python3 - <<'PY'
import random, tarfile, zipfile
random.seed(5)
noise = random.randbytes(1 << 20)
for i in range(3):
    with open(f"d/f{i}.bin", "wb") as f:
        for k in range(26):
            f.write(noise[i + k:] + noise[:i + k])
open("d/a.txt", "w").write("hello from inside\n")
with tarfile.open("in.tar", "w") as t:
    for n in ("f0.bin", "f1.bin", "f2.bin", "a.txt"):
        t.add("d/" + n)
with zipfile.ZipFile("tar.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as z:
    z.write("in.tar")
    z.write("d/a.txt")
with zipfile.ZipFile("in.zip", "w", zipfile.ZIP_STORED) as z:
    for n in ("f0.bin", "f1.bin", "f2.bin", "a.txt"):
        z.write("d/" + n)
with tarfile.open("zip.tar.gz", "w:gz", compresslevel=1) as t:
    t.add("in.zip")
PY
cd - >/dev/null || exit 1
inner() { jq -r 'select(.type == "node" and (.locator | test("::'"$1"':/d/"))) | .name + " " + .sha256' "$2" | sort; }
status 0 "$SPOOR" walk -q --hash sha256 "$T/in/in.tar"
inner tar "$T/out" >"$T/want"
[ "$(wc -l <"$T/want")" = 4 ] || fail "the plain archive does not give its four files"
for case in "tar.zip ::zip:/in.tar ::tar:/d" "zip.tar.gz ::tar:/in.zip ::zip:/d"; do
	read -r file outer way <<<"$case"
	format=${way#::} format=${format%%:*}
	status 0 "$SPOOR" walk -q --hash sha256 "$T/in/$file"
	inner "$format" "$T/out" | cmp -s - "$T/want" || fail "$file: what is inside differs"
	status 0 "$SPOOR" cat "$T/in/$file$outer"
	cmp -s "$T/out" "$T/in/${outer##*/}" || fail "$file: cat does not give the member"
	status 0 "$SPOOR" cat "$T/in/$file$outer$way/a.txt"
	[ "$(cat "$T/out")" = "hello from inside" ] || fail "$file: the locator of an inner file does not open"
	status 0 "$SPOOR" triage -q -o "$T/$file.spoor" "$T/in/$file"
	"$SPOOR" walk "$T/in/$file" 2>/dev/null | "$SPOOR" parse 2>/dev/null | "$SPOOR" scan 2>/dev/null | jq -cS 'select(.type == "node") | [.locator, .sha256, .state]' | sort >"$T/chain"
	zstd -dcq "$T/$file.spoor/data/records.jsonl.zst" | jq -cS 'select(.type == "node") | [.locator, .sha256, .state]' | sort >"$T/whole"
	cmp -s "$T/chain" "$T/whole" || fail "$file: the chain's nodes are not those of triage"
done
# an image of a disk that is nearly all zeros, as it is mostly sent
fixtures mbr
disk=$(ls "$F"/mbr.i* | head -n 1)
truncate -s $(($(stat -c %s "$disk") + 104857600)) "$T/in/disk.dd" && dd if="$disk" of="$T/in/disk.dd" conv=notrunc status=none && gzip -k "$T/in/disk.dd" || fail "no image"
listed() { jq -r 'select(.type == "node" and (.locator | test("::mbr:1"))) | (.locator | sub("^.*::mbr:"; "")) + " " + (.sha256 // .kind)' "$T/out" | sort; }
"$SPOOR" walk -q --hash sha256 "$T/in/disk.dd" >"$T/out"
listed >"$T/want"
[ "$(wc -l <"$T/want")" -gt 20 ] || fail "the plain image gives next to nothing"
"$SPOOR" walk -q --hash sha256 "$T/in/disk.dd.gz" >"$T/out"
listed | cmp -s - "$T/want" || fail "disk.dd.gz: what is inside differs"
finish
