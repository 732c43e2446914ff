# SPDX-License-Identifier: Apache-2.0
# evidence.bash: what the rows read, made into the current folder where it isn't there yet, under its name only when it is whole.
# Scripts that make evidence of any size, the same each time, are in ../shared/bench beside the source tree; without them only what
# tests/bench itself makes is there.
SHARED=$SOURCE/../shared/bench
export TMPFS=/dev/shm
[ -d "$TMPFS" ] && [ -w "$TMPFS" ] || TMPFS=.

clean() { :; }
made() { [ -e "$1" ] && { [ $# -lt 2 ] || [ "$1" -nt "$2" ]; }; }
shared() { local script=$1; shift; [ -x "$SHARED/$script" ] && "$SHARED/$script" "$@"; }

# Sound stores of the samples, 25 copies of each.
stores() {
	local name n
	shared ../evidence/unpack "$PWD/evidence" mail && mkdir "$1" || return 1
	for name in apache_testPST.pst aspose_Test_part1.pst aspose_SampleOstFile.ost intellekthq_sample1.pst intellekthq_submessage.pst mooijtech_32-bit.pst pstextractortest_at_outlook.com.ost simsong_outlook.pst \
		rjohnsondev_passworded.pst Velocidex_Outlook.pst aspose_destination.pst aspose_PersonalStorageFile.ost; do
		for ((n = 0; n < 25; n++)); do
			cp "evidence/mail/pst/$name" "$1/$n-$name" || return 1
		done
	done
}
make_evidence() { # name: makes it, with all that it is made of
	made "$1" && return
	echo "bench: making $1" >&2
	rm -rf "part.$1"*
	make_part "$1" "part.$1" >make.log 2>&1 && mv "part.$1" "$1"
}
make_part() {
	case $1 in
	n25k.img) shared make-ntfs --size 384 25000 "$2" ;;
	n14k.img) shared make-ntfs --size 256 14000 "$2" ;;
	n100k.img) shared make-ntfs --size 1024 100000 "$2" ;;
	n400k.img) shared make-ntfs --size 2600 400000 "$2" ;;
	n14k-[2-9].E01) make_evidence n14k.E01 && cp n14k.E01 "$2" ;;
	n14k.E01) make_evidence n14k.img && shared make-e01 n14k.img "$2" && mv "$2.E01" "$2" ;;
	pair) mkdir "$2" && shared make-pair "$2" ;;
	logs) mkdir "$2" && tar -C "$2" -xJf "$SOURCE/../shared/evidence/evtx/data.tar.xz" ;;
	logs.evtx) make_evidence logs && find logs -name '*.evtx' ! -name 'syn-*' | LC_ALL=C sort | xargs "$SHARED/make-evtx" 256 "$2" ;;
	mail.mbox) shared make-mbox 256 "$2" ;;
	tree) make_evidence n14k.img && tsk_recover -e n14k.img "$2" ;;
	tree.tar) make_evidence tree && bsdtar -C tree --format pax -cf "$2" . ;;
	tree.tar.gz) make_evidence tree.tar && gzip -1 -c tree.tar >"$2" ;;
	tree.tar.xz) make_evidence tree.tar && xz -1 -c tree.tar >"$2" ;;
	tree.tar.zst) make_evidence tree.tar && zstd -q -3 -c tree.tar >"$2" ;;
	tree.zip) make_evidence tree && bsdtar -C tree --format zip --options zip:compression=deflate,zip:compression-level=1 -cf "$2" . ;;
	tree.7z) make_evidence tree && bsdtar -C tree --format 7zip --options 7zip:compression=lzma2,7zip:compression-level=1 -cf "$2" . ;;
	log*.evtx)
		local samples=$BUILD/evidence/evtx size=${1//[!0-9]/}
		"$SHARED/../evidence/unpack" "$BUILD/evidence" evtx && shared make-evtx "$size" "$2" "$samples"/{System,smb-password-guessing-security,5f29a03c_security}.evtx
		;;
	hive*k) local keys=${1//[!0-9]/}; shared make-hive "${keys}000" "$2" ;;
	list-hive) make -C "$BUILD" -s tests/oracle/list-hive && ln -s "$BUILD/tests/oracle/list-hive" "$2" ;;
	events-*) make_evidence make-events && ./make-events "${1#events-}" "$2.jsonl" "$2.tsv" && mkdir "$2" && mv "$2.jsonl" "$2/jsonl" && mv "$2.tsv" "$2/tsv" ;;
	make-events) ${CC:-cc} -O2 -o "$2" "$BENCH/make-events.c" ;;
	gmime) ${CC:-cc} -O2 -o "$2" "$BENCH/gmime.c" $(pkg-config --cflags --libs gmime-3.0) ;;
	stores) stores "$2" ;;
	read-regf) ${CC:-cc} -O2 -o "$2" "$BENCH/read-regf.c" -lregf ;;
	read-ewf) ${CC:-cc} -O2 -o "$2" "$BENCH/read-ewf.c" -lewf ;;
	*) echo "no such evidence"; false ;;
	esac
}
