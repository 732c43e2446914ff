#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Encrypted samples and volume groups against other readers: the INDEX's hashes (libbde), dislocker byte by byte, and content known by its making.
set -u
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" volumes >/dev/null || exit 1
T=$(mktemp -d "${TMPDIR:-/tmp}/spoor-crypt-XXXXXX")
trap 'rm -rf "$T"' EXIT
E=$BUILD/evidence/volumes index=../shared/evidence/volumes/INDEX.tsv wrong=0 compared=0
bad() { echo "NOT: $*"; wrong=1; }
sha() { sha256sum | cut -d' ' -f1; }
cat >"$T/keys" <<K
password:password
password:pass1101
password:password12!@
recovery:284867-596541-514998-422114-660297-261613-215424-199408
recovery:517506-503998-044583-576191-587004-635965-501270-087802
bek:$E/bitlocker-recovery_key.bek
bek:$E/bitlocker-startup_key.bek
K
LIBBDE=50331648 # bytes that the INDEX hashes: the samples are cut
for gz in "$E"/bitlocker-*.bin.gz; do
	name=$(basename "$gz" .gz)
	zcat "$gz" >"$T/$name"
	"$SPOOR" cat -q --keys "$T/keys" "$T/$name::bitlocker:1" >"$T/plain" 2>/dev/null || bad "$name: cat"
	want=$(awk -F'\t' -v n="$name.gz" '$1 == n { print $10 }' "$index")
	if [ -n "$want" ]; then
		[ "$(head -c $LIBBDE "$T/plain" | sha)" = "$want" ] || bad "$name: other bytes than libbde's"
		compared=$((compared + 1))
	fi
	how=()
	case $name in
	*suspended*) how=(-c) ;;
	*xts_256* | *diffuser* | *aes_128*) how=('-upassword12!@') ;;
	esac
	if [ ${#how[@]} -gt 0 ] && command -v dislocker-file >/dev/null; then
		dislocker-file -V "$T/$name" "${how[@]}" -- "$T/other" >/dev/null 2>&1
		size=$(stat -c %s "$T/plain")
		[ "$size" -gt 1000000 ] && cmp -s -n "$size" "$T/plain" "$T/other" || bad "$name: other bytes than dislocker's"
		compared=$((compared + 1))
	fi
	rm -f "$T/$name" "$T/other"
done
# cut, by no peer's reading: the boot sector that Vista keeps, with its two changed fields put back
zcat "$E/bitlocker-vista.bin.gz" >"$T/vista"
[ "$("$SPOOR" cat -q --keys "$T/keys" "$T/vista::bitlocker:1" 2>/dev/null | head -c 11 | tail -c 8)" = "NTFS    " ] || bad "vista: no boot sector"
for gz in "$E"/luks?-*.bin.gz; do
	name=$(basename "$gz" .gz)
	zcat "$gz" >"$T/$name"
	"$SPOOR" cat -q --keys "$T/keys" "$T/$name::luks:1" >"$T/$name.plain" 2>/dev/null || bad "$name: cat"
	# all six hold the same sectors, under as many ciphers
	[ -z "${first:-}" ] && first=$(sha <"$T/$name.plain")
	[ "$(stat -c %s "$T/$name.plain")" = 2048 ] && [ "$(sha <"$T/$name.plain")" = "$first" ] || bad "$name: other content than its siblings'"
	compared=$((compared + 1))
done
printf 'password:another\n' >"$T/k"
"$SPOOR" mount -q --keys "$T/k" "$T/luks2-multiple-slots.bin" | grep -q 'slot 1"' || bad "the second slot does not open"
for name in luks1-default luks2-small; do
	"$SPOOR" mount -q --keys "$T/keys" "$E/$name.img" >/dev/null || bad "$name does not open"
done
ext2=$(awk -F'\t' '$1 == "ext2.qcow2" { print $10 }' "$index")
[ "$("$SPOOR" cat -q "$E/lvm-lin-pv1.img::lvm:/root" 2>/dev/null | head -c 5242880 | sha)" = "$ext2" ] || bad "lvm: root is not the ext2 image"
"$SPOOR" mount -q "$E/lvm-lin-pv1.img" | jq -r 'select(.kind=="volume") | .name + " " + .size' | sort | tr '\n' ' ' | grep -qx 'home 4194304 root 6291456 ' || bad "lvm: volumes are not those of lvs"
for group in span strp; do
	for pv in pv1 pv2; do
		"$SPOOR" mount -q "$E/lvm-$group-$pv.img" >"$T/out" 2>/dev/null
		[ $? = 1 ] && grep -q '"kind":"lvm.physical"' "$T/out" || bad "lvm-$group-$pv: the other physical volume is not missed"
	done
	# both in partitions of one disk: put together, each volume given once
	truncate -s 34M "$T/disk"
	printf 'label: dos\nstart=2048,size=32768,type=8e\nstart=34816,size=32768,type=8e\n' | sfdisk -q "$T/disk" >/dev/null || bad "sfdisk"
	dd if="$E/lvm-$group-pv1.img" of="$T/disk" bs=1M seek=1 conv=notrunc status=none
	dd if="$E/lvm-$group-pv2.img" of="$T/disk" bs=1M seek=17 conv=notrunc status=none
	"$SPOOR" walk -q "$T/disk" >"$T/out" 2>/dev/null
	grep -q '"kind":"lvm.physical"' "$T/out" && bad "lvm-$group: a physical volume is missed on the disk that has it"
	[ "$(jq -r 'select(.type == "node" and .kind == "volume" and ((.locator // "") | test("lvm:/"))) | .locator | split("::") | last' "$T/out" | sort | uniq -d | wc -l)" = 0 ] || bad "lvm-$group: a volume is given twice"
	grep -q '"kind":"nesting"' "$T/out" && bad "lvm-$group: the area of the label is taken for a volume group again"
	volume=$(jq -r 'select(.type == "node" and .kind == "volume") | .locator | select(test("lvm:/(span|striped)$"))' "$T/out")
	[ "$("$SPOOR" cat -q "$volume" 2>/dev/null | head -c 5242880 | sha)" = "$ext2" ] || bad "lvm-$group: $volume is not the ext2 image"
	[ "$(jq -r --arg v "$volume" 'select(.kind == "file" and (.locator | startswith($v + "::ext:"))) | .locator' "$T/out" | wc -l)" -gt 50 ] || bad "lvm-$group: its files are not listed"
	rm "$T/disk"
	compared=$((compared + 1))
done
echo "$compared volumes compared"
[ "$compared" -ge 17 ] || bad "too few were compared"
exit $wrong
