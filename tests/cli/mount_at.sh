#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# spoor mount --at: what is mounted is what walk lists and extract reads; hostile names; inode numbers; a worker that dies; how it ends.
. tests/cli/lib.bash
fixtures demo ntfs ext4 archives
V=$T/view
mkdir "$V"
unmount() { fusermount3 -u -q -z "$V" 2>/dev/null || umount -l "$V" 2>/dev/null; wait "${served:-}" 2>/dev/null; }
trap 'unmount; rm -rf "$T"' EXIT
if [ ! -w /dev/fuse ] || ! command -v fusermount3 >/dev/null; then echo "skipped: /dev/fuse or fusermount3 is not there"; exit 0; fi
if "$SPOOR" mount --at "$V" "$T/none" 2>&1 | grep -q 'built without libfuse3'; then echo "skipped: built without libfuse3-dev"; exit 0; fi
# serve EVIDENCE...: mounts, spoor is process $served, its records in $T/records
serve() {
	"${S:-$SPOOR}" mount -q --at "$V" "$@" >"$T/records" 2>"$T/said" &
	served=$!
	for _ in $(seq 600); do mountpoint -q "$V" && return 0; kill -0 $served 2>/dev/null || break; read -r -t 0.1 _ <> <(:) || true; done
	fail "not mounted: $* ($(head -n 1 "$T/said"))"
	return 1
}
# ended STATUS [SIGNAL]: by fusermount3 or by a signal, with that status, and nothing is mounted any more
ended() {
	local want=$1 got=0
	if [ $# -gt 1 ]; then kill -"$2" $served; else fusermount3 -u "$V"; fi
	wait $served || got=$?
	[ $got = "$want" ] || fail "exit $got, not $want, after ${2:-fusermount3 -u}: $(head -n 2 "$T/said")"
	! mountpoint -q "$V" || { fail "still mounted after ${2:-fusermount3 -u}"; unmount; }
}
compare() {
	"$SPOOR" walk -q --hash sha256 "$@" >"$T/walk" 2>/dev/null
	serve "$@" || return
	timeout 300 tests/cli/view-compare "$V" "$T/walk" >"$T/compare" || { fail "the view of $*"; head -n 10 "$T/compare"; }
}
inodes() { (cd "$V" && find . -printf '%i %p\n' 2>/dev/null | LC_ALL=C sort); }

# ---- several items under one folder; deleted entries, streams, an archive in an NTFS volume in an E01, mail with an archive attached
compare "$F/demo/acme.E01" "$F/demo/ann.mbox" "$F/ntfs.img" "$F/ext4.img"
inodes >"$T/inodes.1"
[ "$(wc -l <"$T/inodes.1")" -gt 200 ] || fail "the view is nearly empty"
cut -d ' ' -f 1 "$T/inodes.1" | uniq -d | grep -q . && fail "two entries have one inode number"
cmp -s "$V/ntfs.img" "$F/ntfs.img" || fail "the evidence's own bytes"
zip=$V/acme.E01::mbr/1::ntfs/Users/ann/Downloads/Invoice_2231.zip
grep -q . "$zip::zip/Invoice_2231/readme.txt" || fail "a file in an archive in an E01"
python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); sys.exit(z.read("Invoice_2231/readme.txt") != open(sys.argv[1] + "::zip/Invoice_2231/readme.txt", "rb").read())' "$zip" || fail "another reader's archive member differs"
# attributes
attribute() { python3 -c 'import os, sys; print(os.getxattr(sys.argv[2], sys.argv[1]).decode())' "$1" "$2" 2>&1; }
locator=$(attribute user.spoor.locator "$zip::zip/Invoice_2231/readme.txt")
[ "$("$SPOOR" cat -q "$locator" | sha256sum)" = "$(sha256sum <"$zip::zip/Invoice_2231/readme.txt")" ] || fail "user.spoor.locator: $locator"
python3 -c 'import os, sys; sys.exit("user.spoor.sha256" in os.listxattr(sys.argv[1]))' "$zip" || fail "a hash is listed before it is known"
[ "$(attribute user.spoor.sha256 "$zip")" = "$(sha256sum <"$zip" | cut -d ' ' -f 1)" ] || fail "user.spoor.sha256"
python3 -c 'import os, sys; sys.exit("user.spoor.sha256" not in os.listxattr(sys.argv[1]))' "$zip" || fail "a known hash is not listed"
# nothing can be changed
for deed in 'touch "$V/new"' 'rm -f "$zip"' ': >"$zip"' 'mkdir "$V/d"' 'ln -s x "$V/l"' 'chmod 777 "$zip"' 'mv "$zip" "$zip.2"'; do
	(eval "$deed") 2>/dev/null && fail "the view can be written to: $deed"
done
[ -e "$V/no such thing" ] && fail "what is not there is there"
# at any place, in any order
python3 - "$V/ntfs.img" "$F/ntfs.img" <<'P' || fail "reading at any place"
import os, random, sys
a, b = (os.open(p, os.O_RDONLY) for p in sys.argv[1:])
size, r = os.fstat(b).st_size, random.Random(1)
for _ in range(400):
    at, n = r.randrange(size + 9000), r.choice((1, 511, 4096, 70000, 300000))
    if os.pread(a, n, at) != os.pread(b, n, at):
        sys.exit("differs at %d" % at)
P
ended 0
jq -e 'select(.type == "end" and .status == "complete")' <"$T/records" >/dev/null || fail "no end record"
jq -r 'select(.type == "evidence") | .locator' <"$T/records" | grep -c . | grep -qx 4 || fail "an evidence record an item"
serve "$F/demo/acme.E01" "$F/demo/ann.mbox" "$F/ntfs.img" "$F/ext4.img" && inodes >"$T/inodes.2"
cmp -s "$T/inodes.1" "$T/inodes.2" || { fail "inode numbers differ when mounted again"; diff "$T/inodes.1" "$T/inodes.2" | head -n 4; }
ended 143 TERM
serve "$F/ext4.img" && ended 130 INT
serve "$F/ext4.img" && ended 129 HUP

# ---- hostile archives and names
compare "$F/hostile.zip" "$F/deep.zip" "$F/nested.zip" "$F"/tree.*
ended 1
mkdir -p "$T/tree/d" && (cd "$T/tree/d" && for n in 'new
line' $'bad\xff\xfe' '50%' 'a:b' 'x::zip' '#1' '%2E' ' ' '-rf' "$(printf 'n%.0s' $(seq 255))" 'esc'$'\e''[31m'; do printf %s "$n" >"$n"; done; ln -s /etc/passwd absolute; ln -s ../../../../../etc/passwd relative; ln -s a:b inside)
if mke2fs -q -t ext4 -d "$T/tree" "$T/names.img" 4M 2>"$T/mke2fs"; then
	compare "$T/names.img"
	D=$V/names.img::ext/d
	for n in 'new%0Aline' 'bad%FF%FE' '50%25' 'a%3Ab' 'x%3A%3Azip' '#1' '%252E' ' ' '-rf'; do [ -f "$D/$n" ] || fail "no $n among the hostile names"; done
	for l in absolute relative; do [ ! -e "$D/$l" ] || fail "a link leads out of the view: $l, $(readlink "$D/$l")"; done
	[ "$(cat "$D/inside")" = a:b ] || fail "a link inside the view"
	ended 0
else
	echo "skip: mke2fs -d is not to be had"
fi
python3 - "$T/names.tar" <<'P'
import io, sys, tarfile
t = tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT)
for n in ("..", ".", "../../etc/passwd", "/etc/shadow", "a", "a", "a/b", "a//c", "x" * 300, "x" * 299 + "y", "y" * 250 + ".zip", "d/../e", ""):
    i = tarfile.TarInfo(n)
    i.size = len(n)
    t.addfile(i, io.BytesIO(n.encode()))
t.close()
P
compare "$T/names.tar"
find "$V" -printf '%f\n' | awk 'length > 255 { exit 1 }' || fail "a name of more than 255 bytes"
ended 0

# ---- what no file holds, where it is asked for
serve --unallocated=all "$F/ntfs.img" && {
	[ "$(sha256sum <"$V/ntfs.img::free/1")" = "$("$SPOOR" cat -q "$F/ntfs.img::free:1" | sha256sum)" ] || fail "free space in the view"
	[ "$(sha256sum <"$V/ntfs.img::slack/valid-length.bin")" = "$("$SPOOR" cat -q "$F/ntfs.img::slack:/valid-length.bin" | sha256sum)" ] || fail "slack in the view"
	ended 0
}

# ---- an ordinary user, where root can show it: /dev/fuse as udev makes it, in a mount namespace of its own
if [ "$(id -u)" = 0 ] && command -v unshare >/dev/null && command -v setpriv >/dev/null; then
	mkdir "$T/user" "$T/user/view" && cp "$F/ext4.img" "$T/user/" && chmod 711 "$T" && chown -R 65534 "$T/user" && mknod "$T/fuse" c 10 229 && chmod 666 "$T/fuse"
	cat >"$T/as-user" <<'U'
mount --bind "$1/fuse" /dev/fuse || exit 9
as="setpriv --reuid=65534 --regid=65534 --clear-groups"
$as "$2" mount -q --at "$1/user/view" "$1/user/ext4.img" >"$1/records" 2>"$1/said" &
served=$!
for _ in $(seq 300); do grep -q " $1/user/view " /proc/self/mountinfo && break; kill -0 $served 2>/dev/null || break; read -r -t 0.1 _ <> <(:) || true; done
$as sha256sum "$1/user/view/ext4.img::ext/home/ann/log.txt" || exit 8
cat "$1/user/view/ext4.img" >/dev/null 2>&1 && exit 7
$as fusermount3 -u "$1/user/view" && wait $served
U
	got=$(unshare -m bash "$T/as-user" "$T" "$SPOOR" 2>"$T/err") || fail "an ordinary user: exit $? $(head -n 2 "$T/said" "$T/err")"
	[ "${got%% *}" = "$("$SPOOR" cat -q "$F/ext4.img::ext:/home/ann/log.txt" | sha256sum | cut -d ' ' -f 1)" ] || fail "an ordinary user reads '$got'"
	# killed: the mount goes away with it
	serve "$F/ext4.img" && {
		kill -9 $served
		wait $served 2>/dev/null
		for _ in $(seq 100); do grep -q " $V " /proc/self/mountinfo || break; read -r -t 0.1 _ <> <(:) || true; done
		! grep -q " $V " /proc/self/mountinfo || fail "a killed server leaves a dead mount"
	}
else
	echo "skip: an ordinary user's mount is shown by root only"
fi

# ---- no evidence, a bad place
"$SPOOR" mount -q --at "$V" "$T/none" >"$T/out" 2>"$T/err"; got=$?
[ $got = 3 ] && ! mountpoint -q "$V" || fail "no evidence: exit $got"
mkdir "$T/folder"
"$SPOOR" mount -q --at "$V" "$T/folder" >"$T/out" 2>"$T/err"; got=$?
[ $got = 3 ] && grep -q '"kind":"view.folder"' "$T/out" || fail "a folder as evidence: exit $got"
serve "$T/none" "$F/ext4.img" && { [ "$(ls "$V")" = "$(printf 'ext4.img\next4.img::ext')" ] || fail "one item missing, one there: $(ls "$V")"; ended 1; }
status 2 "$SPOOR" mount -q --at "$T/no-such-folder" "$F/ext4.img"
status 2 "$SPOOR" mount -q --at "$V"

# ---- workers that die: once, the request gets its answer all the same
"$SPOOR" walk -q "$F/ntfs.img" >"$T/walk"
serve "$F/ntfs.img"
workers() { pgrep -P "$(pgrep -P $served | head -n 1)"; }
find "$V" >"$T/all.1"
for w in $(workers); do kill -9 "$w" 2>/dev/null; done
cmp -s "$V/ntfs.img" "$F/ntfs.img" || fail "a worker was killed, and the next read is wrong"
# killed again and again while it is read: EIO at worst, no wrong byte, and the mount goes on
(while kill -0 $served 2>/dev/null && [ ! -e "$T/stop" ]; do for w in $(workers); do kill -9 "$w" 2>/dev/null; done; done) &
killer=$!
timeout 120 cat "$V/ntfs.img::ntfs/\$MFT" >"$T/mft" 2>"$T/err" && { [ "$(sha256sum <"$T/mft")" = "$("$SPOOR" cat -q "$F/ntfs.img::ntfs:/\$MFT" | sha256sum)" ] || fail "wrong bytes while workers are killed"; }
touch "$T/stop"
wait $killer
find "$V" >"$T/all.2"
cmp -s "$T/all.1" "$T/all.2" || fail "the mount does not go on after workers were killed"
unmount

# ---- a job that dies each time, or hangs: EIO, an error record, and all else goes on
faults_build
S=$FAULTY
for what in crash hang; do
	serve --hang-seconds 1 --fault "$what:minutes.txt" "$F/demo/acme.E01" || continue
	D=$V/acme.E01::mbr/1::ntfs/Users/ann
	timeout 100 cat "$D/Documents/minutes.txt" >"$T/out" 2>"$T/err" && fail "$what: the file can be read"
	grep -q 'Input/output error' "$T/err" || fail "$what: not EIO: $(cat "$T/err")"
	cat "$D/Downloads/Invoice_2231.zip" >/dev/null || fail "$what: another file can't be read"
	ended 1
	jq -r 'select(.type == "error") | .kind' <"$T/records" | grep -qx "$what" || fail "$what is not told"
	serve --hang-seconds 1 --fault "$what:Invoice_2231.zip" "$F/demo/acme.E01" || continue
	timeout 100 ls "$D/Downloads/Invoice_2231.zip::zip" >"$T/out" 2>"$T/err" && fail "$what: the archive can be listed"
	grep -q 'Input/output error' "$T/err" || fail "$what while listing: not EIO: $(cat "$T/err")"
	cat "$D/Documents/minutes.txt" >/dev/null || fail "$what while listing: another file can't be read"
	ended 1
done
finish
