#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# XFS against libfsxfs (names, inodes, sizes, modes, owners, targets, contents) and xfs_db (times): volumes that mkfs.xfs makes of both versions, with small and large blocks and
# directory blocks, directories of every form; and the sample of ../shared/evidence.
set -u
PATH=$PATH:/usr/sbin:/sbin
for tool in mkfs.xfs xfs_db; do
	command -v "$tool" >/dev/null || { echo "skip: $tool is not installed"; exit 0; }
done
/usr/bin/python3 -c 'import pyfsxfs' 2>/dev/null || { echo "skip: python3-libfsxfs is not installed"; exit 0; }
T=$(mktemp -d "${TMPDIR:-/tmp}/spoor-xfs-XXXXXX")
trap 'rm -rf "$T"' EXIT
wrong=0
mkdir "$T/src"
printf 'hello xfs\n' >"$T/src/small"
head -c 300001 "$SPOOR" >"$T/src/large"
: >"$T/src/empty"
entries() { local i; for ((i = 0; i < $2; i++)); do printf '%s-%05d ---644 0 0 src/small\n' "$1" "$i"; done; }
long=$(printf 'long-target/%.0s' {1..12})
{
	printf '/dev/null\n0 0\nd--755 0 0\nsmall ---644 1000 100 src/small\nlarge -u-755 0 0 src/large\nempty ---600 0 0 src/empty\nlink l--777 0 0 small\nfar l--777 0 0 %s\n' "$long"
	printf 'fifo p--644 0 0\nblock b--660 0 6 8 1\ncharacter c--600 0 0 1 3\nnone d--755 0 0\n$\nfew d-g755 5 6\n'
	entries short 12
	printf '$\none-block d--700 0 0\n'
	entries one 40
	printf '$\nleaf d--755 0 0\n'
	entries a-name-of-some-length-in-a-leaf 300
	printf '$\nnode d--755 0 0\n'
	entries a-much-longer-name-that-takes-room-in-a-directory-which-then-has-an-index-of-its-own 3000
	printf '$\ndeep d--755 0 0\n'
	for i in {1..60}; do printf 'd%s d--755 0 0\n' "$i"; done
	printf 'bottom ---644 0 0 src/small\n'
	for i in {1..61}; do printf '$\n'; done
	printf '$\n'
} >"$T/proto"
compare() { # IMAGE LISTING [db]
	"$SPOOR" walk -q --hash sha256 "$1" >"$T/walk" || { echo "NOT: walk of $1"; wrong=1; }
	tests/oracle/xfs-compare "$@" <"$T/walk" || wrong=1
}
# db: what libfsxfs can't read
cases=(
	"-m crc=1"
	"-m crc=0"
	"-m crc=0 -n ftype=0"
	"-m crc=1,bigtime=0 -i sparse=0"
	"-m crc=1 -b size=1024 -n size=8192 -i size=512 db"
	"-m crc=1 -n size=65536 -i size=2048 db"
	"-m crc=1 -d agcount=5"
	"-m crc=0 -b size=512 -i size=256 db"
	"-m crc=1 -i nrext64=1 db"
)
made=0
for options in "${cases[@]}"; do
	db=${options##* } options=${options% db}
	[ "$db" = db ] || db=
	rm -f "$T/x.img"
	truncate -s 96M "$T/x.img"
	(cd "$T" && TEST_DIR=/t TEST_DEV=/d QA_CHECK_FS=1 mkfs.xfs -q -f $options -p proto x.img) 2>"$T/err" || { echo "$options: this mkfs.xfs does not make it: $(tail -n 1 "$T/err")"; continue; }
	printf '%s: ' "$options"
	compare "$T/x.img" "$T/listing" $db
	made=$((made + 1))
done
[ "$made" -ge 6 ] || { echo "NOT: only $made volumes could be made"; wrong=1; }
if [ -d ../shared/evidence ]; then
	../shared/evidence/unpack "$BUILD/evidence" disk >/dev/null || exit 1
	printf 'sample: '
	compare "$BUILD/evidence/disk/xfs.img" "$T/sample"
else
	echo "skip: ../shared/evidence is not there; only made volumes were compared"
fi
exit $wrong
