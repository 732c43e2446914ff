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
	[ "$from" ] || cut "$name"
}
from=
# the first two thirds of an image: bytes outside of "bad" are right
cut() {
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
check sparse.vmdk -O vmdk
check stream.vmdk -O vmdk -o subformat=streamOptimized
check flat.vmdk -O vmdk -o subformat=monolithicFlat
check many.vmdk -O vmdk -o subformat=twoGbMaxExtentSparse
check manyflat.vmdk -O vmdk -o subformat=twoGbMaxExtentFlat

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
	done < <(awk -F'\t' '$1 ~ /\.(qcow2|vhd|vhdx|vmdk)$/ && $10 != "" { print $1 "\t" $10 }' "$index")
	[ "$seen" -gt 8 ] || not "only $seen images of the evidence were met"
	for name in overlay-1101.qcow2:missing ext2-luks.qcow2:locked dfvfs-fat-differential.vhd:missing dfvfs-image-differential.vhd:missing child-1101.vmdk:missing; do
		"$read" "$EVIDENCE/volumes/${name%:*}" | grep -q "^error	${name#*:}" || not "$name"
	done
fi
rm -rf "$at"
exit $status
