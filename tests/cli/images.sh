#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Disk images as evidence: those of virtual machines by name and within a folder, with all their files; the map of ddrescue beside a raw image.
. tests/cli/lib.bash
command -v qemu-img >/dev/null || { echo "skip: qemu-img is not installed"; exit 0; }
fixtures ext4
img=$F/ext4.img
mkdir -p "$T/vm"
listing() { jq -r 'select(.type == "node" and .path) | .path' | sort; }
"$SPOOR" walk "$img" 2>/dev/null | listing >"$T/want"
[ -s "$T/want" ] || fail "nothing in $img"
for kind in qcow2:a.qcow2 vpc:b.vhd vhdx:c.vhdx vmdk:d.vmdk vmdk,subformat=monolithicFlat:e.vmdk vdi:f.vdi; do
	format=${kind%%[,:]*} name=${kind##*:}
	option=${kind%:*}; option=${option#"$format"}; option=${option#,}
	qemu-img convert -f raw -O "$format" ${option:+-o "$option"} "$img" "$T/vm/$name" || fail "$name can't be made"
	"$SPOOR" walk "$T/vm/$name" 2>/dev/null | listing | cmp -s - "$T/want" || fail "$name: other files than in the raw image"
done
"$SPOOR" walk "$T/vm" >"$T/out" 2>"$T/err"
got=$(jq -r 'select(.type == "evidence" and .layer == "image") | .format' "$T/out" | sort | tr '\n' ' ')
[ "$got" = "qcow2 vdi vhd vhdx vmdk vmdk " ] || fail "in the folder: $got"
# nothing known on a disk: the ledger and the errors say the same; a partition of an unknown kind is left out, and it is said why
head -c 1M "$SPOOR" >"$T/noise.img" && dd if=/dev/zero of="$T/noise.img" bs=1k count=512 conv=notrunc status=none
qemu-img convert -f raw -O qcow2 "$T/noise.img" "$T/noise.qcow2"
status 1 "$SPOOR" triage -q -o "$T/noise" "$T/noise.qcow2"
[ "$(jq -r '.kind' "$T/noise/data/errors.jsonl")" = media.unknown ] || fail "that nothing on the disk is known is no error"
[ "$(jq -c '[.failed, .skipped, .evidence[0].failed_why]' "$T/noise/data/coverage.json")" = '[1,0,[{"why":"unknown format","nodes":1}]]' ] || fail "the ledger on a disk with nothing known: $(cat "$T/noise/data/coverage.json")"
printf '\0\0\0\0\203\0\0\0\0\2\0\0\0\2\0\0' | dd of="$T/noise.img" bs=1 seek=446 conv=notrunc status=none
printf '\125\252' | dd of="$T/noise.img" bs=1 seek=510 conv=notrunc status=none
status 0 "$SPOOR" triage -q -o "$T/part" "$T/noise.img"
jq -e '.evidence[0].skipped_why | index({"why": "unknown format", "nodes": 1})' "$T/part/data/coverage.json" >/dev/null || fail "the ledger on a partition with nothing known: $(cat "$T/part/data/coverage.json")"
rm "$T/vm/e-flat.vmdk"
"$SPOOR" mount "$T/vm/e.vmdk" 2>/dev/null | grep -q '"kind":"vmdk.extent"' || fail "a missing extent is not told"

cp "$img" "$T/disk.img"
size=$(stat -c %s "$img")
{
	echo "# Mapfile. Created by GNU ddrescue version 1.27"
	printf '0x0 + 1\n0x00000000 0x%x +\n0x%x 0x1000 -\n0x%x 0x%x +\n' $((size - 8192)) $((size - 8192)) $((size - 4096)) 4096
} >"$T/disk.map"
"$SPOOR" triage -q -o "$T/case" "$T/disk.img" 2>"$T/err"
jq -e --arg at $((size - 8192)) 'select(.kind == "media.unreadable" and .offset == $at and .length == "4096")' "$T/case/data/errors.jsonl" >/dev/null || fail "the bad range of the map is not named: $(cat "$T/case/data/errors.jsonl")"
"$SPOOR" mount "$T/disk.img" 2>/dev/null | grep -q '"kind":"raw.map"' || fail "the map is not told"

# an image in several files inside a zip: put together by names in its folder, the later ones not opened by themselves
fixtures e01-damage
if command -v zip >/dev/null; then
	mkdir -p "$T/inside/folder"
	cp "$BUILD"/fixtures/e01-damage/intact/m.E0? "$T/inside/folder"
	later=$(cd "$T/inside/folder" && echo m.E0[2-9])
	for how in -0 -6; do
		rm -f "$T/set.zip"
		(cd "$T/inside" && zip -q $how -r ../set.zip folder)
		"$SPOOR" cat -q "$T/set.zip::zip:/folder/m.E01::ewf:1" 2>/dev/null | cmp -s - "$BUILD/fixtures/e01-damage/m.raw" || fail "zip $how: the set is not the media"
		"$SPOOR" walk -q "$T/set.zip" >"$T/out" 2>/dev/null
		[ "$(jq -r 'select(.kind == "image.part") | .locator | split("/") | last' "$T/out" | sort | paste -sd' ')" = "$later" ] || fail "zip $how: later parts are not told as such"
		grep -q '"kind":"ewf.segment"' "$T/out" && fail "zip $how: a segment is missed that is there"
	done
	rm "$T/inside/folder/m.E02" "$T/set.zip"
	(cd "$T/inside" && zip -q -r ../set.zip folder)
	"$SPOOR" walk -q --hash md5 "$T/set.zip" 2>/dev/null | grep -q '"kind":"ewf.segment"' || fail "a segment that is not in the zip is not missed"
else
	echo "skip: zip is not installed"
fi
finish
