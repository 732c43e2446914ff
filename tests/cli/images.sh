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
for kind in qcow2:a.qcow2 vpc:b.vhd vhdx:c.vhdx vmdk:d.vmdk vmdk,subformat=monolithicFlat:e.vmdk; do
	format=${kind%%[,:]*} name=${kind##*:}
	option=${kind%:*}; option=${option#"$format"}; option=${option#,}
	qemu-img convert -f raw -O "$format" ${option:+-o "$option"} "$img" "$T/vm/$name" || fail "$name can't be made"
	"$SPOOR" walk "$T/vm/$name" 2>/dev/null | listing | cmp -s - "$T/want" || fail "$name: other files than in the raw image"
done
"$SPOOR" walk "$T/vm" >"$T/out" 2>"$T/err"
got=$(jq -r 'select(.type == "evidence" and .layer == "image") | .format' "$T/out" | sort | tr '\n' ' ')
[ "$got" = "qcow2 vhd vhdx vmdk vmdk " ] || fail "in the folder: $got"
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
finish
