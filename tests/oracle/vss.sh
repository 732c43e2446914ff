#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shadow copies against libvshadow: every byte of each copy as vshadowmount gives it (of the made volume, too), count, times and ids as vshadowinfo prints them, and fls's listing of each as INDEX.tsv has it.
set -u
for tool in vshadowinfo qemu-img fls jq; do
	command -v "$tool" >/dev/null || { echo "skip: $tool is not installed"; exit 0; }
done
T=$(mktemp -d "${TMPDIR:-/tmp}/spoor-vss-XXXXXX")
mounted=
trap '[ -z "$mounted" ] || fusermount -u "$mounted"; rm -rf "$T"' EXIT
wrong=0 compared=0
not() { echo "NOT: $*"; wrong=1; }
sha() { sha256sum | cut -d' ' -f1; }

# check IMAGE: an NTFS volume with shadow copies
check() {
	local image=$1 name n ours
	name=$(basename "$image")
	vshadowinfo "$image" >"$T/info" || { not "$name: vshadowinfo"; return; }
	"$SPOOR" mount -q "$image" | jq -r 'select(.kind == "volume" and (.flags | index("shadow-copy"))) | [.address, .crtime] | @tsv' >"$T/ours"
	awk -F'\t: ' '/Creation time/ { split($2, d, /[ ,.]+/); m = (index("JanFebMarAprMayJunJulAugSepOctNovDec", d[1]) + 2) / 3; split($2, f, /[ .]/); printf "%04d-%02d-%02dT%s.%sZ\n", d[3], m, d[2], f[4], f[5] }' "$T/info" >"$T/times"
	awk -F'\t: ' '/Shadow copy ID/ { print $2 }' "$T/info" | paste - "$T/times" >"$T/theirs"
	cmp -s "$T/ours" "$T/theirs" || { not "$name: other copies"; diff "$T/ours" "$T/theirs" | head -n 4; }
	n=$(wc -l <"$T/theirs")
	[ "$n" -gt 0 ] || not "$name: vshadowinfo finds no copy"
	if [ -n "$(command -v vshadowmount)" ] && mkdir "$T/at" && vshadowmount "$image" "$T/at" >/dev/null 2>&1; then
		mounted=$T/at
		for ((i = 1; i <= n; i++)); do
			"$SPOOR" cat -q "$image::vss:$i" | cmp - "$T/at/vss$i" || not "$name, copy $i: other bytes than libvshadow's"
			compared=$((compared + 1))
		done
		fusermount -u "$T/at"
		mounted=
		rmdir "$T/at"
	else
		rmdir "$T/at" 2>/dev/null
		echo "$name: its bytes are not compared: vshadowmount needs FUSE"
	fi
}
[ -e "$BUILD/fixtures/.vss" ] || { tests/fixtures/make "$BUILD/fixtures" vss >/dev/null && touch "$BUILD/fixtures/.vss"; } || exit 1
check "$BUILD/fixtures/vss/volume.img"

if [ -d ../shared/evidence ]; then
	../shared/evidence/unpack "$BUILD/evidence" volumes ntfs >/dev/null || exit 1
	sample=plaso-vsstest.qcow2
	qemu-img convert -O raw "$BUILD/evidence/volumes/$sample" "$T/volume.raw" || exit 1
	check "$T/volume.raw"
	# the sorted body file of each copy's listing has the hash that the INDEX states
	index=$(grep "^$sample" ../shared/evidence/volumes/INDEX.tsv)
	for i in 1 2; do
		"$SPOOR" cat -q "$BUILD/evidence/volumes/$sample::vss:$i" >"$T/copy"
		want=$(sed -n "s/.*vss$i: fls -r entries [0-9]*, bodyfile sha256 \([0-9a-f]*\).*/\1/p" <<<"$index")
		[ "$(fls -r -m / "$T/copy" | LC_ALL=C sort | sha)" = "$want" ] || not "$sample, copy $i: fls lists other entries than the INDEX says"
		rm "$T/copy"
		compared=$((compared + 1))
	done
	# copies that keep their data on another volume: as many as libvshadow names, each told
	tar -C "$T" -xzSf "$BUILD/evidence/ntfs/dfir_ntfs/vss_1_vol.tar.gz" || exit 1
	offset=$("$SPOOR" mount -q --errors-ok "$T/vss_1_vol.raw" | jq -r 'select(.kind == "volume" and .format == "ntfs" and .offset).offset')
	theirs=$(vshadowinfo -o "$offset" "$T/vss_1_vol.raw" | grep -c 'Data stored outside volume')
	"$SPOOR" walk -q --errors-ok --snapshots "$T/vss_1_vol.raw" >"$T/walk"
	[ "$(jq -r 'select(.kind == "volume" and (.locator | contains("::vss:"))) | 1' "$T/walk" | wc -l)" = "$theirs" ] || not "vss_1_vol: libvshadow names $theirs copies"
	[ "$(jq -r 'select(.kind == "vss.outside").class' "$T/walk")" = missing ] || not "vss_1_vol: it is not told where the data is"
	compared=$((compared + 1))
else
	echo "skip: ../shared/evidence is not there; only the made volume was compared"
fi
echo "$compared comparisons"
exit $wrong
