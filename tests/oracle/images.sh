#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Disk images of virtual machines against qemu-img: the media of every image that it writes here, of every format that we read, is the raw file's; a file that is cut
# short gives the same bytes where it tells of no damage; where ../shared/evidence is there, every such image there has the media_sha256 of INDEX.tsv.
set -u
command -v qemu-img >/dev/null || { echo "skip: qemu-img is not installed"; exit 0; }
make -C "$BUILD" -s tests/oracle/image-media >/dev/null || exit 1
read=$BUILD/tests/oracle/image-media
at=$BUILD/fixtures/images
rm -rf "$at"; mkdir -p "$at"
status=0
not() { echo "NOT: $*"; status=1; }

# a disk with zeros, text and noise that is no whole number of clusters
python3 - "$at/raw" <<'END' || exit 1
import random, sys
random.seed(1101)
out = bytearray(5 * 1024 * 1024 + 512 * 3)
for at in range(0, len(out), 65536):
    kind = random.randrange(4)
    if kind == 1:
        out[at:at + 65536] = random.randbytes(min(65536, len(out) - at))
    elif kind == 2:
        line = b"%d bottles of beer\n" % at
        out[at:at + 65536] = (line * 8192)[:min(65536, len(out) - at)]
open(sys.argv[1], "wb").write(out)
END

# The files of a VMDK in the order of evidence_name.h, an empty one in the place of what is not there; else the file.
set_of() {
	local x=${1%.vmdk} p
	echo "$1"
	[ "$x" = "$1" ] && return
	for p in flat delta s001 f001 s002 f002 s003 f003; do
		if [ -e "$x-$p.vmdk" ]; then echo "$x-$p.vmdk"; else echo /dev/null; fi
	done
}
# make NAME qemu-img-arguments: an image of the raw file; its media must be what qemu-img reads from it, or the raw file where that can't read it
check() {
	local name=$1; shift
	(cd "$at" && qemu-img convert -f raw "$@" raw "$name") || { not "$name can't be made"; return; }
	(cd "$at" && qemu-img convert ${from:+-f "$from"} -O raw "$name" back.raw) || { not "$name can't be read by qemu-img"; return; }
	local want got
	want=$(sha256sum <"$at/back.raw"); want="$(stat -c %s "$at/back.raw") ${want%% *}"
	got=$("$read" $(set_of "$at/$name")) || not "$name: $got"
	[ "$(awk -F'\t' '$1 == "format" { print $3, $4 }' <<<"$got")" = "$want" ] || not "$name: $got, not $want"
	grep -qE '^(error|bad)' <<<"$got" && not "$name: $got"
	# without its footer a fixed VHD is a raw image
	[ "$from" ] || cut_short "$name"
}
from=
# the first two thirds of an image: bytes outside of "bad" are right
cut_short() {
	head -c $(($(stat -c %s "$at/$1") * 2 / 3)) "$at/$1" >"$at/short.${1##*.}"
	"$read" -o "$at/short.media" "$at/short.${1##*.}" >"$at/short.said"
	python3 - "$at" <<'END' || not "$1 cut short: $(cat "$at/short.said")"
import os, sys
at = sys.argv[1]
said = [l.rstrip("\n").split("\t") for l in open(at + "/short.said")]
if any(l[0] == "format" and l[3] == "-" for l in said):
    sys.exit(0 if any(l[0] == "error" for l in said) else 1)
media, want = open(at + "/short.media", "rb").read(), bytearray(open(at + "/back.raw", "rb").read())
bad = [(int(l[1]), int(l[2])) for l in said if l[0] == "bad"]
if bad and not any(l[0] == "error" for l in said):
    sys.exit("damage is not told")
for offset, length in bad:
    want[offset:offset + length] = bytes(min(length, len(want) - offset))
for i in range(0, len(media), 512):
    if media[i:i + 512] != want[i:i + 512] and not any(o <= i < o + n for o, n in bad):
        sys.exit("wrong bytes at %d" % i)
sys.exit(0 if len(media) >= len(want) or any(l[0] == "error" for l in said) else "too short")
END
}

check two.qcow2 -O qcow2 -o compat=0.10
check three.qcow2 -O qcow2
check small.qcow2 -O qcow2 -o cluster_size=512
check large.qcow2 -O qcow2 -o cluster_size=2M
check zlib.qcow2 -O qcow2 -c
check zstd.qcow2 -O qcow2 -c -o compression_type=zstd
check sub.qcow2 -O qcow2 -o extended_l2=on
check subzlib.qcow2 -O qcow2 -c -o extended_l2=on,cluster_size=32k
check full.qcow2 -O qcow2 -o preallocation=full
from=vpc           # qemu-img looks at the head only
check fixed.vhd -O vpc -o subformat=fixed
check exact.vhd -O vpc -o subformat=fixed,force_size=on
from=
check dynamic.vhd -O vpc -o subformat=dynamic
check dynforce.vhd -O vpc -o subformat=dynamic,force_size=on
check fixed.vhdx -O vhdx -o subformat=fixed
check dynamic.vhdx -O vhdx -o subformat=dynamic
check small.vhdx -O vhdx -o subformat=dynamic,block_size=1M

# a VHDX that was not closed: its log moves a block; qemu-img replays it into a copy
python3 - "$at/small.vhdx" "$at/dirty.vhdx" <<'END' || not "no dirty VHDX could be made"
import struct, sys
def crc32c(b):
    c = 0xffffffff
    for x in b:
        c ^= x
        for _ in range(8):
            c = c >> 1 ^ (0x82f63b78 if c & 1 else 0)
    return c ^ 0xffffffff
d = bytearray(open(sys.argv[1], "rb").read())
guid = bytes(range(1, 17))
def seal(at, length):
    d[at + 4:at + 8] = bytes(4)
    d[at + 4:at + 8] = struct.pack("<I", crc32c(d[at:at + length]))
heads = [a for a in (0x10000, 0x20000) if d[a:a + 4] == b"head"]
head = max(heads, key=lambda a: struct.unpack_from("<Q", d, a + 8)[0])
log_length, log = struct.unpack_from("<IQ", d, head + 68)
d[head + 48:head + 64] = guid
seal(head, 4096)
bat = next(struct.unpack_from("<Q", d, 0x30000 + 16 + 32 * i + 16)[0] for i in range(2) if d[0x30000 + 16 + 32 * i:][:4] == bytes.fromhex("6677c22d"))
sector = bytearray(d[bat:bat + 4096])
first, second = struct.unpack_from("<QQ", sector, 0)
assert first != second
struct.pack_into("<QQ", sector, 0, second, first)
# in the ring from its last but one sector on: the second entry goes around its end
def entry(at, tail, number, descriptors, sectors):
    body = b"".join(descriptors)
    b = bytearray(b"loge" + bytes(4) + struct.pack("<IIQII", 4096 * (1 + len(sectors)), tail, number, len(descriptors), 0) + guid + struct.pack("<QQ", len(d), len(d)) + body)
    b += bytes(4096 - len(b)) + b"".join(b"data" + struct.pack("<I", 0) + s[8:4092] + struct.pack("<I", number) for s in sectors)
    b[4:8] = struct.pack("<I", crc32c(b))
    for i in range(0, len(b), 4096):
        to = log + (at + i) % log_length
        d[to:to + 4096] = b[i:i + 4096]
def desc(s, to, number):
    return b"desc" + bytes(s[4092:]) + bytes(s[:8]) + struct.pack("<QQ", to, number)
start = log_length - 3 * 4096
noise = bytes(range(256)) * 16
entry(start, start, 7, [desc(noise, bat, 7)], [noise])
entry(start + 8192, start, 8, [desc(sector, bat, 8)], [sector])
open(sys.argv[2], "wb").write(d)
END
cp "$at/dirty.vhdx" "$at/replayed.vhdx"
qemu-img check -q -r all "$at/replayed.vhdx" >/dev/null 2>&1
qemu-img convert -O raw "$at/replayed.vhdx" "$at/back.raw" || not "qemu-img does not replay our log"
cmp -s "$at/back.raw" "$at/raw" && not "the log changed nothing"
got=$("$read" "$at/dirty.vhdx")
[ "$(awk -F'\t' '$1 == "format" { print $4 }' <<<"$got")" = "$(sha256sum <"$at/back.raw" | cut -d' ' -f1)" ] && grep -q '^note.*vhdx.log' <<<"$got" || not "dirty.vhdx: $got"

check dynamic.vdi -O vdi
check fixed.vdi -O vdi -o static=on
check sparse.vmdk -O vmdk
check stream.vmdk -O vmdk -o subformat=streamOptimized
check flat.vmdk -O vmdk -o subformat=monolithicFlat
check many.vmdk -O vmdk -o subformat=twoGbMaxExtentSparse
check manyflat.vmdk -O vmdk -o subformat=twoGbMaxExtentFlat

# AFF, as AFFLIB writes it; what affcat gives of it is the raw file
if command -v affconvert >/dev/null && command -v affcat >/dev/null; then
	for option in -X1 -X9 -x; do
		(cd "$at" && rm -f a.aff && affconvert -q $option -s 1m -o a.aff raw) >/dev/null 2>&1 && affcat "$at/a.aff" 2>/dev/null | cmp -s - "$at/raw" || { not "no AFF image with $option"; continue; }
		got=$("$read" "$at/a.aff")
		[ "$(awk -F'\t' '$1 == "format" { print $2, $4 }' <<<"$got")" = "aff $(sha256sum <"$at/raw" | cut -d' ' -f1)" ] || not "a.aff with $option: $got"
	done
else
	echo "skip: afflib-tools is not installed; AFF images are those of the evidence only"
fi

if [ -d ../shared/evidence ]; then
	EVIDENCE=$BUILD/evidence INDEX=../shared/evidence/volumes/INDEX.tsv
	../shared/evidence/unpack "$EVIDENCE" volumes >/dev/null || exit 1
else
	echo "skip: ../shared/evidence is not there"
fi
if [ -n "${EVIDENCE:-}" ]; then
	index=${INDEX:-$EVIDENCE/volumes/INDEX.tsv}
	seen=0
	while IFS=$'\t' read -r name want; do
		case $name in
		overlay-*|child-*|ext2-luks*) continue ;;       # what they lack is told: below
		esac
		got=$("$read" $(set_of "$EVIDENCE/volumes/$name"))
		[ "$(awk -F'\t' '$1 == "format" { print $4 }' <<<"$got")" = "$want" ] || not "$name: $got, not $want"
		seen=$((seen + 1))
	done < <(awk -F'\t' '$1 ~ /\.(qcow2|vhd|vhdx|vmdk|aff|vdi)$/ && $10 != "" { print $1 "\t" $10 }' "$index")
	[ "$seen" -gt 8 ] || not "only $seen images of the evidence were met"
	for name in overlay-1101.qcow2:missing ext2-luks.qcow2:locked dfvfs-fat-differential.vhd:missing dfvfs-image-differential.vhd:missing child-1101.vmdk:missing; do
		"$read" "$EVIDENCE/volumes/${name%:*}" | grep -q "^error	${name#*:}" || not "$name"
	done
fi
rm -rf "$at"
exit $status
