#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Containers in containers: a shortcut in an ISO in a zip in a message in a mail store in a file system in an E01, and images of disks wherever they lie. The locator that
# walk prints opens by cat, extract, scan and triage, with one hash.
. tests/cli/lib.bash
for tool in genisoimage ewfacquire mke2fs qemu-img jq; do
	command -v "$tool" >/dev/null || { echo "skip: $tool is not installed"; exit 0; }
done
printf 'rule NESTED_SHORTCUT { meta: description = "t" score = 80 strings: $a = "nested shortcut argument" wide condition: $a }\n' >"$T/n.yar"
sum() { sha256sum | cut -d' ' -f1; }
acquire() { ewfacquire -u -q -t "${2%.E01}" -f encase6 -c best -S 1900000000 -d sha1 -D d -C c -N n -E e -e x -m fixed -M logical "$1" </dev/null >/dev/null 2>&1 && [ -e "$2" ]; }
# opens EVIDENCE LOCATOR SHA256 WHAT: does the locator that walk printed lead to these bytes, whoever goes?
opens() {
	local evidence=$1 locator=$2 want=$3 what=$4
	"$SPOOR" cat -q "$locator" >"$T/got" || fail "$what: cat ends with an error"
	[ "$(sum <"$T/got")" = "$want" ] || fail "$what: cat gives other bytes"
	rm -rf "$T/store"
	"$SPOOR" extract -q -o "$T/store" "$locator" >"$T/records" || fail "$what: extract ends with an error"
	[ "$(jq -r --arg l "$locator" 'select(.type == "node" and .locator == $l).sha256' "$T/records")" = "$want" ] || fail "$what: extract states another hash"
	[ "$(find "$T/store" -type f -name "$want*" -exec cat {} + | sum)" = "$want" ] || fail "$what: extract stores other bytes"
	"$SPOOR" scan -q --rules "$T/n.yar" "$locator" >"$T/records" || fail "$what: scan ends with an error"
	[ "$(jq -r --arg l "$locator" 'select(.type == "node" and .locator == $l).sha256' "$T/records")" = "$want" ] || fail "$what: scan states another hash"
}

# ---- the shortcut at the bottom
python3 - "$T" <<'PY' || exit 1
import email.message, os, subprocess, sys, zipfile
sys.dont_write_bytecode = True
sys.path.insert(0, "tests/fixtures/builders")
import demo
t = sys.argv[1]
os.makedirs(t + "/iso"), os.makedirs(t + "/fs/home/ann")
open(t + "/iso/offer.lnk", "wb").write(demo.shortcut("cmd.exe", "nested shortcut argument"))
subprocess.run(["genisoimage", "-quiet", "-J", "-o", t + "/offer.iso", t + "/iso"], check=True)
with zipfile.ZipFile(t + "/offer.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.write(t + "/offer.iso", "offer.iso")
m = email.message.EmailMessage()
m["From"], m["To"], m["Subject"], m["Date"] = "bob@partner.example", "ann@acme.example", "the offer", "Tue, 14 Nov 2023 08:00:00 +0000"
m.set_content("see the attachment\n")
m.add_attachment(open(t + "/offer.zip", "rb").read(), maintype="application", subtype="zip", filename="offer.zip")
open(t + "/fs/home/ann/mail.mbox", "wb").write(b"From bob@partner.example Tue Nov 14 08:00:00 2023\n" + m.as_bytes() + b"\n")
PY
want=$(sum <"$T/iso/offer.lnk")
pst=
if [ -d ../shared/evidence ]; then
	../shared/evidence/unpack "$BUILD/evidence" mail >/dev/null || exit 1
	pst=$BUILD/evidence/mail/pst/apache_testPST.pst
	cp "$pst" "$T/fs/home/ann/outlook.pst"
	# a store whose blocks are not encoded, its attached document replaced by the zip: the same length (the zip's comment fills it up), block by block, with the blocks' sums
	"$SPOOR" cat -q "$(dirname "$pst")/testPST-crypt-none.pst::pst:/Début%20du%20fichier%20de%20données%20Outlook/2097380::attach:3::attach:3" >"$T/document" || fail "no attachment in the plain store"
	python3 - "$T" "$(dirname "$pst")/testPST-crypt-none.pst" <<'PY' || fail "the zip can't be put into the store"
import sys, zlib
t, store = sys.argv[1:]
old, new, b = open(t + "/document", "rb").read(), open(t + "/offer.zip", "rb").read(), bytearray(open(store, "rb").read())
left = len(old) - len(new)
assert left >= 0 and new[-22:-18] == b"PK\5\6" and new[-2:] == b"\0\0", (len(old), len(new))
new = new[:-2] + left.to_bytes(2, "little") + b"." * left
for first in range(0, len(old), 8176):
    piece, put = old[first:first + 8176], new[first:first + 8176]
    at = b.find(piece)
    assert at >= 0 and at % 64 == 0 and b.find(piece, at + 1) < 0
    b[at:at + len(put)] = put
    trailer = at + (len(piece) + 16 + 63) // 64 * 64 - 16      # u16 length, u16 signature, u32 CRC-32 of no complements, u64 number
    assert int.from_bytes(b[trailer:trailer + 2], "little") == len(piece)
    b[trailer + 4:trailer + 8] = (zlib.crc32(put, 0xffffffff) ^ 0xffffffff).to_bytes(4, "little")
open(t + "/fs/home/ann/offer.pst", "wb").write(b)
PY
else
	echo "skip: ../shared/evidence is not there: no PST in the E01"
fi
truncate -s 24M "$T/disk.raw" && mke2fs -q -t ext4 -d "$T/fs" "$T/disk.raw" 2>"$T/err" || fail "no ext4: $(cat "$T/err")"
acquire "$T/disk.raw" "$T/disk.E01" || { fail "no E01"; finish; }
status 0 "$SPOOR" walk -q --hash sha256 "$T/disk.E01"
cp "$T/out" "$T/walk"
lnk=$(jq -r 'select(.type == "node" and .name == "offer.lnk" and (.locator | contains("mail.mbox"))).locator' "$T/walk")
case $lnk in
"$T/disk.E01::ext:/home/ann/mail.mbox::mbox:0::attach:2::zip:/offer.iso::iso:/"*) ;;
*) fail "the way to the shortcut is $lnk" ;;
esac
[ "$(jq -r 'select(.type == "node" and .name == "offer.lnk").sha256' "$T/walk" | sort -u)" = "$want" ] || fail "walk states another hash of the shortcut"
opens "$T/disk.E01" "$lnk" "$want" "the shortcut"
[ "$(jq -r 'select(.type == "hit").rule' "$T/records")" = NESTED_SHORTCUT ] || fail "scan of the locator finds no rule"
if [ "$pst" ]; then
	# the deepest thing in the Outlook file: a member of an archive that is attached to a message
	IFS=$'\t' read -r locator hash < <(jq -r 'select(.type == "node" and .sha256 and (.locator | test("outlook.pst::pst:.*::attach:[0-9]+::zip:/"))) | [.locator, .sha256] | @tsv' "$T/walk" | head -n 1)
	[ "$locator" ] || fail "no archive in a message of the Outlook file"
	opens "$T/disk.E01" "$locator" "$hash" "a member in the PST"
	# the shortcut in the ISO in the zip in the message in the message in the Outlook file in the file system in the E01
	in_pst=$(jq -r 'select(.type == "node" and .name == "offer.lnk" and (.locator | contains("offer.pst"))).locator' "$T/walk")
	case $in_pst in
	"$T/disk.E01::ext:/home/ann/offer.pst::pst:/"*"/2097380::attach:3::attach:3::zip:/offer.iso::iso:/"*) ;;
	*) fail "the way to the shortcut in the PST is $in_pst" ;;
	esac
	opens "$T/disk.E01" "$in_pst" "$want" "the shortcut in the PST"
	[ "$(jq -r 'select(.type == "hit").rule' "$T/records")" = NESTED_SHORTCUT ] || fail "scan of the locator in the PST finds no rule"
	[ "$(jq -r 'select(.type == "error") | .locator' "$T/walk" | grep -c offer.pst)" = 0 ] || fail "errors in the made store: $(jq -r 'select(.type == "error") | .message' "$T/walk" | head -n 2)"
fi
status 0 "$SPOOR" triage -q --rules "$T/n.yar" -o "$T/case" "$T/disk.E01"
zstd -dcq "$T/case/data/records.jsonl.zst" | jq -r --arg l "$lnk" 'select(.locator == $l and .sha256) | .type + " " + .sha256' | sort -u >"$T/got"
printf 'hit %s\nnode %s\n' "$want" "$want" | cmp -s - "$T/got" || fail "triage tells of the shortcut: $(cat "$T/got")"

# ---- the same through a mounted view
if [ -w /dev/fuse ] && command -v fusermount3 >/dev/null; then
	mkdir "$T/view"
	"$SPOOR" mount -q --at "$T/view" "$T/disk.E01" >"$T/records" 2>&1 &
	served=$!
	for _ in $(seq 600); do mountpoint -q "$T/view" || ! kill -0 $served 2>/dev/null || { read -r -t 0.1 _ <> <(:) || true; continue; }; break; done
	for way in "mail.mbox::mbox/0::attach/2::zip/offer.iso::iso" ${pst:+"offer.pst::pst/*/2097380::attach/3::attach/3::zip/offer.iso::iso"}; do
		got=$(cat "$T/view/disk.E01::ext/home/ann/"$way/[Oo][Ff][Ff][Ee][Rr].[Ll][Nn][Kk] | sum)
		[ "$got" = "$want" ] || fail "the view gives other bytes at $way"
	done
	fusermount3 -u "$T/view" 2>/dev/null || umount -l "$T/view"
	wait $served
else
	echo "skip: /dev/fuse or fusermount3 is not there"
fi

# ---- images of disks in a zip, an ISO, a message, a file system: what is on them is what is on the raw one
fixtures mbr
mkdir -p "$T/images"
raw=$F/mbr.img
cp "$raw" "$T/images/raw.dd"
for kind in qcow2:a.qcow2 vpc:b.vhd vpc,subformat=fixed:c.vhd vhdx:d.vhdx vmdk:e.vmdk vdi:g.vdi; do
	format=${kind%%[,:]*} option=${kind%:*}; option=${option#"$format"}; option=${option#,}
	qemu-img convert -f raw -O "$format" ${option:+-o "$option"} "$raw" "$T/images/${kind##*:}" || fail "$kind can't be made"
done
acquire "$raw" "$T/images/f.E01" || fail "no E01"
(cd "$T/images" && python3 -c 'import sys, zipfile
with zipfile.ZipFile("../images.zip", "w", zipfile.ZIP_DEFLATED) as z: [z.write(n) for n in sys.argv[1:]]' *) || exit 1
genisoimage -quiet -J -o "$T/images.iso" "$T/images" 2>/dev/null
truncate -s 160M "$T/images.ext" && mke2fs -q -t ext4 -d "$T/images" "$T/images.ext" || fail "no ext4"
python3 - "$T" <<'PY' || exit 1
import email.message, glob, os, sys
m = email.message.EmailMessage()
m["From"], m["To"], m["Subject"] = "a@partner.example", "b@acme.example", "images"
m.set_content("images\n")
for n in sorted(glob.glob(sys.argv[1] + "/images/*")):
    m.add_attachment(open(n, "rb").read(), maintype="application", subtype="octet-stream", filename=os.path.basename(n))
open(sys.argv[1] + "/images.eml", "wb").write(m.as_bytes())
PY
# files FILE: path and hash of all files on the disk that FILE (a name within the evidence) is
files() { jq -r --arg n "$1" 'select(.type == "node" and .sha256) | (.locator | capture("(?<before>.*)::mbr:(?<way>.*)")) as $l | select($l.before | test("(/|attach:)" + $n + "(::[a-z0-9]+:1)?$")) | $l.way + " " + .sha256' "$T/walk" | sort; }
jq_names() { jq -r 'select(.type == "node" and (.kind == "attachment" or .kind == "part")) | (.locator | sub(".*::attach:"; "")) + " " + (.name // "")' "$T/walk" | awk -v n="$1" '$2 == n { print $1 }'; }
"$SPOOR" walk -q --hash sha256 "$raw" >"$T/out"
jq -r 'select(.type == "node" and .sha256) | (.locator | sub("^.*::mbr:"; "")) + " " + .sha256' "$T/out" | grep '^[0-9]' | sort >"$T/want"
[ "$(wc -l <"$T/want")" -gt 20 ] || fail "the plain disk gives next to nothing"
for outer in images.zip images.iso images.ext images.eml; do
	status 0 "$SPOOR" walk -q --hash sha256 "$T/$outer"
	cp "$T/out" "$T/walk"
	for n in raw.dd a.qcow2 b.vhd c.vhd d.vhdx e.vmdk f.E01 g.vdi; do
		at=$n
		[ "$outer" != images.eml ] || at=$(jq_names "$n")
		files "$at" >"$T/got"
		cmp -s "$T/got" "$T/want" || fail "$n in $outer: other files than on the disk ($(wc -l <"$T/got") of $(wc -l <"$T/want"))"
	done
	"$SPOOR" walk -q "$T/$outer" 2>/dev/null | "$SPOOR" parse -q 2>/dev/null | jq -cS 'select(.type == "node") | [.locator, .sha256, .state]' | sort >"$T/chain"
	"$SPOOR" triage -q --rules "$T/n.yar" -o "$T/$outer.spoor" "$T/$outer" 2>/dev/null
	zstd -dcq "$T/$outer.spoor/data/records.jsonl.zst" | jq -cS 'select(.type == "node") | [.locator, .sha256, .state]' | sort >"$T/whole"
	cmp -s "$T/chain" "$T/whole" || { fail "$outer: the chain's nodes are not those of triage"; diff "$T/chain" "$T/whole" | head -n 6; }
	rm -rf "$T/$outer.spoor"
done
# a media, a file on it, by each module
status 0 "$SPOOR" cat -q "$T/images.zip::zip:/d.vhdx::vhdx:1"
cmp -s "$T/out" "$raw" || fail "cat of an image's media in a zip is not the disk"
"$SPOOR" walk -q --hash sha256 "$T/images.ext" >"$T/walk"
IFS=$'\t' read -r locator hash < <(jq -r 'select(.type == "node" and .kind == "file" and .sha256 and .size > 1000 and (.locator | contains("::ewf:1::mbr:5::"))) | [.locator, .sha256] | @tsv' "$T/walk" | head -n 1)
opens "$T/images.ext" "$locator" "$hash" "a file on an E01 in a file system"
finish
