#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Event logs through the whole chain: same events with one worker and with three, and records found in space that no partition has, when they are asked for.
. tests/cli/lib.bash
if [ ! -d ../shared/evidence ]; then
	echo "skip: ../shared/evidence is not there"
	exit 0
fi
../shared/evidence/unpack "$BUILD/evidence" evtx >/dev/null || fail "samples"
log=$BUILD/evidence/evtx/5b2e4762_Security.evtx
"$SPOOR" parse -q --workers 1 "$log" >"$T/one" || fail "parse ends with $?"
"$SPOOR" parse -q --workers 3 "$log" >"$T/three" || fail "parse ends with $?"
cmp -s "$T/one" "$T/three" || fail "one worker and three give different records"
told=$(jq -r 'select(.type=="artifact") | .events' "$T/one")
made=$(jq -r 'select(.artifact=="win.evtx" and .type=="event") | .data.record_id' "$T/one" | sort -u | wc -l)
[ "$told" = 1112 ] && [ "$made" = 1112 ] || fail "$made events with numbers of their own, $told told, 1112 are there"
jq -r 'select(.type=="event" and .data.event_id==4688) | .data.EventData.NewProcessName' "$T/one" | grep -q 'System32.lsass.exe$' || fail "no process creation with its name"
# a chunk between the partition table and the first partition
truncate -s 4M "$T/disk.img"
printf '\x00\x00\x00\x00\x83\x00\x00\x00\x00\x10\x00\x00\x00\x08\x00\x00' | dd of="$T/disk.img" bs=1 seek=446 conv=notrunc status=none
printf '\x55\xaa' | dd of="$T/disk.img" bs=1 seek=510 conv=notrunc status=none
tail -c +4097 "$BUILD/evidence/evtx/CA_DCSync_4662.evtx" | head -c 65536 | dd of="$T/disk.img" bs=512 seek=100 conv=notrunc status=none
"$SPOOR" parse -q "$T/disk.img" >"$T/out" 2>/dev/null
grep -q '"type":"event"' "$T/out" && fail "space without a partition was read unasked"
"$SPOOR" parse -q --artifact win.evtx "$T/disk.img" >"$T/out" || fail "carving ends with $?"
[ "$(jq -r 'select(.type=="event" and .data.event_id==4662) | .data.record_id' "$T/out" | wc -l)" -ge 3 ] || fail "the records between the partitions were not found"
# a deleted log whose clusters are free, the first one but for the beginning of another file: found where free space and slack are asked for
truncate -s 64M "$T/fat.img"
mkfs.vfat -F 16 -s 16 "$T/fat.img" >/dev/null || fail "mkfs.vfat"
mcopy -i "$T/fat.img" "$log" ::/gone.evtx && mdel -i "$T/fat.img" ::/gone.evtx && printf 'hello\n' | mcopy -i "$T/fat.img" - ::/small.txt || fail "mtools"
carved() { "$SPOOR" parse -q "$@" "$T/fat.img" 2>/dev/null | jq -r 'select(.artifact == "win.evtx" and .type == "event" and .allocated == false) | .locator | capture("::(?<where>free|slack):").where' | sort | uniq -c | tr -s ' \n' ' '; }
[ -z "$(carved --artifact win.evtx)" ] || fail "free space was read unasked: $(carved --artifact win.evtx)"
read -r free _ slack _ <<<"$(carved --unallocated=all --artifact win.evtx)"
[ "${free:-0}" -ge 1100 ] && [ "${slack:-0}" -ge 1 ] || fail "${free:-no} events in free space, ${slack:-none} in slack"
finish
