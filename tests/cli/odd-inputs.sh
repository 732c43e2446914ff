#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Odd inputs: each with the exit code that the manual promises and the record that says what was odd. Names as arguments: only those.
. tests/cli/lib.bash
only=$*
fixtures ext4 ntfs demo e01-damage split
S=$(readlink -f "$SPOOR")
img=$F/ext4.img
mbox=$F/demo/ann.mbox
# has KIND: a record of this kind is in $T/out; ends STATUS: the end record says so
has() { grep -q "\"kind\":\"$1\"" "$T/out" || fail "no '$1' record: $(head -c 400 "$T/out")"; }
ends() { tail -n 1 "$T/out" | grep -q "\"type\":\"end\".*\"status\":\"$1\"" || fail "no end record that says $1: $(tail -n 1 "$T/out" | head -c 300)"; }
says() { grep -q -- "$1" "$T/err" || fail "standard error does not say '$1': $(head -n 3 "$T/err")"; }
reader() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }

closed_pipe() {
	"$SPOOR" parse "$img" 2>"$T/err" | head -n 1 >"$T/out"
	[ "${PIPESTATUS[0]}" = 141 ] || [ "${PIPESTATUS[0]}" = 0 ] || fail "exit ${PIPESTATUS[0]}"
	grep -v '^spoor parse: [0-9]* nodes' "$T/err" && fail "a message"
}
interrupted() {
	truncate -s 20G "$T/large.img"
	"$SPOOR" triage -q -o "$T/half" "$T/large.img" 2>"$T/err" &
	pid=$!
	while [ ! -s "$T/half/.work/journal" ] && kill -0 $pid; do sleep 0.05; done
	kill -INT $pid
	sleep 0.1
	kill -INT $pid 2>/dev/null        # the second one does not wait for the job in hand
	wait $pid
	got=$?
	[ $got = 130 ] || fail "exit $got, not 130"
	[ -e "$T/half/.work" ] || fail "what was done is gone"
	[ -e "$T/half/data/report.html" ] && fail "an interrupted run left a report"
	rm -f "$T/large.img"
}
interrupted_soon() {
	"$SPOOR" triage -q -o "$T/begun" "$img" "$F/demo/acme.E01" 2>"$T/err" &
	pid=$!
	while ! catches_signals $pid; do :; done
	kill -INT $pid 2>/dev/null
	wait $pid
	case $? in
	130) says "resume" ;;
	0 | 1) echo "skip: the run was over before the signal came" ;;
	*) fail "exit $?" ;;
	esac
}
empty_standard_input() { status 2 "$SPOOR" parse </dev/null; says "no evidence was named"; [ -s "$T/out" ] && fail "output"; }
no_records() { echo 'hello' >"$T/text"; status 2 "$SPOOR" parse <"$T/text"; says "line 1 is no record"; }
cut_stream() { "$SPOOR" walk -q "$img" | head -n 20 >"$T/cut"; status 1 "$SPOOR" parse <"$T/cut"; says "cut short"; ends interrupted; }
empty_file() { : >"$T/empty"; status 0 "$SPOOR" parse -q "$T/empty"; ends complete; jq -e -s 'any(.type == "node" and .size == "0" and .state == "read")' "$T/out" >/dev/null || fail "no node of size 0 that was read"; }
fifo() { mkfifo "$T/fifo"; status 3 "$SPOOR" walk "$T/fifo"; has evidence.open; says "seekable"; }
device() { status 3 "$SPOOR" walk /dev/null; has evidence.open; status 3 "$SPOOR" walk /dev/tty; has evidence.open; }
fifo_in_a_folder() { mkdir "$T/f"; mkfifo "$T/f/fifo"; cp "$mbox" "$T/f"; status 0 "$SPOOR" parse -q "$T/f"; has fifo; has message; }
nothing_there() { status 3 "$SPOOR" walk "$T/nothing"; has evidence.open; says "there is no such file"; status 1 "$SPOOR" walk "$T/nothing" "$img"; has evidence.open; has file; }
below_a_file() { status 3 "$SPOOR" walk "$img/x"; has evidence.open; status 3 "$SPOOR" walk "$img/"; has evidence.open; }
file_for_a_directory() {
	echo keep >"$T/keep"
	status 2 "$SPOOR" triage -o "$T/keep" "$mbox"
	status 2 "$SPOOR" extract -o "$T/keep" "$mbox"
	status 2 "$SPOOR" triage -o "$T/keep/case" "$mbox"
	status 2 "$SPOOR" triage -o "$T/no/such/case" "$mbox"
	[ "$(cat "$T/keep")" = keep ] || fail "a file was overwritten"
}
directory_for_a_file() { mkdir "$T/dir"; status 2 "$SPOOR" walk --files-from "$T/dir"; status 2 "$SPOOR" scan -r "$T/no-rules" "$mbox"; status 0 "$SPOOR" walk -q "$T/dir"; ends complete; }
missing_segment() { status 1 "$SPOOR" verify -q "$F/e01-damage/middle-missing/m.E01"; has ewf.segment; ends complete; status 1 "$SPOOR" walk -q "$F/e01-damage/middle-missing/m.E01"; has file; }
missing_last_segment() { status 1 "$SPOOR" verify -q "$F/e01-damage/last-missing/m.E01"; ends complete; grep -q '"type":"error"' "$T/out" || fail "no error record"; }
truncated_image() { head -c 3000000 "$img" >"$T/cut.img"; status 1 "$SPOOR" walk -q "$T/cut.img"; has raw.size; grep -q '"type":"error"' "$T/out" || fail "no error record"; }
unreadable_file() {
	mkdir -p "$T/u/sub"
	cp "$mbox" "$T/u/open.mbox"
	cp "$mbox" "$T/u/shut.mbox"
	chmod 755 "$T" "$T/u" "$T/u/sub"
	chmod 644 "$T/u/open.mbox"
	chmod 0 "$T/u/shut.mbox" "$T/u/sub"
	reader test -x "$S" || { echo "skip: an unprivileged account can't reach $S"; return; }
	status 3 reader "$S" walk "$T/u/shut.mbox"
	has evidence.open
	says "Permission denied"
	status 1 reader "$S" walk -q "$T/u"
	has message
	[ "$(grep -c '"type":"error".*"evidence.open"\|"kind":"evidence.open".*"message"' "$T/out")" = 2 ] || fail "an unreadable file and an unreadable folder are not two errors: $(grep evidence.open "$T/out")"
	chmod 755 "$T/u/sub"
}
output_in_evidence() { mkdir "$T/e"; cp "$mbox" "$T/e"; status 2 "$SPOOR" triage -o "$T/e/case" "$T/e"; says "inside the evidence"; [ -e "$T/e/case" ] && fail "it was made"; }
used_output() { mkdir "$T/used"; echo x >"$T/used/x"; status 2 "$SPOOR" triage -o "$T/used" "$mbox"; says "holds something already"; }
missing_middle_part() {
	mkdir "$T/middle"
	split -b 1M -a 3 --numeric-suffixes=1 "$F/ntfs.img" "$T/middle/img."
	status 0 "$SPOOR" walk -q --hash sha256 "$T/middle/img.001"
	jq -r 'select(.type == "node" and .sha256 and .size != "0") | [.locator, .sha256] | @tsv' "$T/out" | LC_ALL=C sort >"$T/whole"
	rm "$T/middle/img.003"
	status 1 "$SPOOR" walk -q --hash sha256 "$T/middle/img.001"
	has raw.part
	jq -r 'select(.type == "node" and .sha256 and .size != "0" and (.tainted | not)) | [.locator, .sha256] | @tsv' "$T/out" | LC_ALL=C sort >"$T/rest"
	[ -s "$T/rest" ] || fail "nothing is left of it"
	LC_ALL=C comm -13 "$T/whole" "$T/rest" >"$T/wrong"
	[ -s "$T/wrong" ] && fail "content that is not the whole set's: $(head -n 3 "$T/wrong")"
}
split_set_in_a_folder() {
	mkdir "$T/s"
	cp "$F"/split/img.00* "$T/s"
	cp "$F"/e01-damage/intact/m.E0* "$T/s"
	for i in 1 2 3; do echo "log $i" >"$T/s/app.00$i"; done
	cp "$mbox" "$T/s/setup.exe"
	status 0 "$SPOOR" walk -q "$T/s"
	jq -r 'select(.type == "evidence" and .layer == "image") | [.locator, (.files | length)] | @tsv' "$T/out" | sed "s#.*/dir:##; s#.*::dir:##" >"$T/sets"
	printf '/img.001\t3\n' | cat - <(printf '/m.E01\t%d\n' "$(ls "$T"/s/m.E0* | wc -l)") | LC_ALL=C sort >"$T/want"
	LC_ALL=C sort "$T/sets" | cmp -s - "$T/want" || fail "sets: $(cat "$T/sets")"
	grep -q '"locator":"[^"]*dir:/img.002\|"locator":"[^"]*dir:/m.E02' "$T/out" && fail "a later part is listed"
	[ "$(grep -c '"kind":"file","locator":"[^"]*::dir:/\(app.00[123]\|setup.exe\)"' "$T/out")" = 4 ] || fail "logs or programs are taken for parts"
	# the set's media is the same as when it is named itself
	"$SPOOR" walk -q "$T/s/img.001" | jq -r 'select(.type == "node") | .locator' | sed 's#^.*/s/img.001##' >"$T/named"
	jq -r 'select(.type == "node") | .locator' "$T/out" | sed -n 's#^.*::dir:/img.001##p' | cmp -s - "$T/named" || fail "in a folder other nodes than alone"
	# and the chain agrees with triage
	"$SPOOR" triage -q -o "$T/s.case" "$T/s" || fail "triage: exit $?"
	"$SPOOR" mount "$T/s" 2>/dev/null | "$SPOOR" walk -q | "$SPOOR" extract -q -o "$T/s.store" | "$SPOOR" parse -q | "$SPOOR" scan -q | kinds >"$T/chain"
	zstd -qdc "$T/s.case/data/records.jsonl.zst" | kinds | cmp -s - "$T/chain" || fail "chain and triage differ"
	rm "$T/s/m.E01"
	status 1 "$SPOOR" walk -q "$T/s"
	has evidence.part
}
any_part_first() {
	for first in img.001 img.002 img.003 img.ab; do
		status 0 "$SPOOR" walk "$F/split/$first"
		grep '"type":"node"' "$T/out" | sed 's#split/img\.[a0-9]*##; s#"name":"img\.[a0-9]*"##' | sha256sum
	done | uniq | wc -l | grep -qx 1 || fail "the part that is named first decides what is read"
	says "the whole set is taken"
	status 0 "$SPOOR" walk -q "$F"/split/img.00?
	[ "$(grep -c '"type":"evidence"' "$T/out")" = 1 ] || fail "three parts are not one item"
}
named_twice() {
	status 0 "$SPOOR" walk -q "$mbox"
	grep -c '"type":"node"' "$T/out" >"$T/once"
	ln -s "$(readlink -f "$mbox")" "$T/link.mbox"
	status 0 "$SPOOR" walk -q "$mbox" "$mbox" "$(dirname "$mbox")/./${mbox##*/}" "$T/link.mbox"
	has evidence.twice
	grep -c '"type":"node"' "$T/out" | cmp -s - "$T/once" || fail "it is read more than once"
}
one_file() {
	status 0 "$SPOOR" walk -q "$mbox"
	grep -q '"type":"evidence".*"format":"mbox","layer":"mail"' "$T/out" || fail "a mailbox is not called one"
	grep -q raw.size "$T/out" && fail "a mailbox is measured in sectors"
	echo 'a note' >"$T/note.txt"
	status 0 "$SPOOR" walk -q "$T/note.txt"
	grep -q '"type":"evidence".*"format":"file"' "$T/out" || fail "a text is not called a file"
	for ((k = 0; k < 250; k++)); do printf '\000\001\376\003'; done >"$T/unknown"
	status 0 "$SPOOR" walk -q "$T/unknown"
	has raw.size
}
locator_to_nothing() {
	for step in mbr:9 ext:/home/bob/x frob:1 "gpt:1"; do
		status 1 "$SPOOR" cat "$img::$step"
		[ -s "$T/out" ] && fail "output for $step"
		[ -s "$T/err" ] || fail "no word on $step"
	done
	status 1 "$SPOOR" cat "$img::ext:/home/ann/nothing/here"
	says "there is /home/ann$"
	status 1 "$SPOOR" cat "$img::ntfs:/x"
	says "what begins here is ext"
	status 1 "$SPOOR" cat "$F/demo/acme.E01::mbr:9::ntfs:/x"
	says "step 1 of the locator: there is no mbr:9 here; there are mbr:"
}
# a size costs nothing to write: one damaged field would have a worker hash zeros for days
nearly_all_holes() {
	cp "$img" "$T/holes.img"
	{ debugfs -w -R "set_inode_field /sparse.bin size 700000000000" "$T/holes.img" && debugfs -w -R "set_inode_field /random.bin size 300000000" "$T/holes.img"; } 2>/dev/null || { fail "debugfs"; return; }
	status 1 timeout -s KILL 120 "$SPOOR" walk -q --hash sha256 "$T/holes.img"
	has sparse
	[ "$(jq -r 'select(.name == "sparse.bin") | [.size, .state, .why, .sha256 // "none"] | @tsv' "$T/out")" = "$(printf '700000000000\tfailed\tlimit\tnone')" ] || fail "the file of 700 GB: $(grep '"name":"sparse.bin"' "$T/out")"
	# 300 MB with 0.7 MB of them stored are read
	[ "$(jq -r 'select(.name == "random.bin") | .sha256' "$T/out")" = "$({ debugfs -R 'cat /random.bin' "$img" 2>/dev/null; head -c $((300000000 - 700000)) /dev/zero; } | sha256sum | cut -d' ' -f1)" ] || fail "the file of 300 MB reads wrong"
}

any=0
for check in closed_pipe interrupted interrupted_soon empty_standard_input no_records cut_stream empty_file fifo device fifo_in_a_folder nothing_there below_a_file file_for_a_directory directory_for_a_file \
	missing_segment missing_last_segment truncated_image unreadable_file output_in_evidence used_output missing_middle_part split_set_in_a_folder any_part_first named_twice one_file locator_to_nothing nearly_all_holes; do
	[ -z "$only" ] || [[ " $only " == *" $check "* ]] || continue
	bad=0
	$check
	[ $bad = 0 ] && printf 'ok   %s\n' "$check"
	[ $bad = 0 ] || { printf '     in %s\n' "$check"; any=1; }
done
bad=$any
finish
