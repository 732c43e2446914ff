#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Artefacts where they lie, in a folder and in an image: what is damaged is named by its own locator, and what lies beside a file is read with it.
. tests/cli/lib.bash
make -C "$BUILD" -s tests/cli/hive >"$T/make" 2>&1 || { tail -n 5 "$T/make"; fail "tests/cli/hive"; exit 1; }
tree=$T/tree config=$T/tree/Windows/System32/config
mkdir -p "$config" "$T/tree/Windows/Prefetch" "$T/tree/Windows/System32/winevt/Logs"

# image NAME: the tree as a FAT volume
image() {
	rm -f "$1"
	mkfs.fat -C -F 16 -i 00001101 "$1" 16384 >/dev/null && MTOOLS_SKIP_CHECK=1 mcopy -s -Q -i "$1" "$tree"/* ::/ || fail "image"
}
# both: records of the tree, first as a folder, then inside an image; one file each
both() {
	image "$T/disk.img"
	"$SPOOR" parse -q "$tree" >"$T/folder" 2>/dev/null
	"$SPOOR" parse -q "$T/disk.img" >"$T/image" 2>/dev/null
}
# locators FILE KIND: of the errors of this kind, from the path on
locators() { jq -r --arg kind "$2" 'select(.type=="error" and .kind==$kind) | .locator' "$1" | sed 's#.*::\(dir\|fat\):##' | sort -u; }
named() {
	for from in folder image; do
		[ "$(locators "$T/$from" "$1")" = "$2" ] || fail "$from: $1 is said of $(locators "$T/$from" "$1" | tr '\n' ' '), not of $2"
	done
}
autostart() { jq -r 'select(.type=="event" and .kind=="autostart_entry") | .data.value' "$1"; }

# cut or spoiled: each error says which file it is about
build_hive() { "$BUILD/tests/cli/hive" "$config/SOFTWARE" "$config/SOFTWARE.LOG1" || fail "hive"; }
build_hive
rm "$config/SOFTWARE.LOG1"
truncate -s 6000 "$config/SOFTWARE"
printf 'nothing that could be a prefetch file' >"$tree/Windows/Prefetch/CMD.EXE-087B4001.pf"
{ printf 'ElfFile\0'; head -c 8184 /dev/zero; } >"$tree/Windows/System32/winevt/Logs/System.evtx"
both
named prefetch.signature /Windows/Prefetch/CMD.EXE-087B4001.pf
named evtx.header /Windows/System32/winevt/Logs/System.evtx
named regf.truncated /Windows/System32/config/SOFTWARE

# the log that lies beside a hive is played back, whichever of the two names it has and in whatever case
for log in SOFTWARE.LOG1 software.log2; do
	rm -f "$config"/*
	build_hive
	mv "$config/SOFTWARE.LOG1" "$config/log" && mv "$config/log" "$config/$log"
	both
	for from in folder image; do
		[ "$(autostart "$T/$from")" = 'C:\new.exe' ] || fail "$from: $log was not played back: $(autostart "$T/$from")"
	done
	rm "$config/$log"
	both
	for from in folder image; do
		[ "$(autostart "$T/$from")" = 'C:\old.exe' ] || fail "$from: without its log the hive says $(autostart "$T/$from")"
		[ "$(jq -r 'select(.type=="artifact" and .artifact=="win.reg_software") | .data.state' "$T/$from")" = dirty_no_log ] || fail "$from: that the log is missing is not said"
	done
done

# a write-ahead log goes along with its database, is a node of its own, and alone it is one too
printf 'SQLite format 3\0' >"$tree/History"
printf 'frames' >"$tree/History-wal"
printf 'frames' >"$tree/Alone-wal"
both
for from in folder image; do
	for name in History History-wal Alone-wal; do
		[ "$(jq -r --arg name "$name" 'select(.type=="node" and .name==$name) | .state' "$T/$from")" = read ] || fail "$from: $name is not read, and once"
	done
done
finish
