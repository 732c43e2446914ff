#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a shell expects of every module, one row a promise. Names of checks as arguments: only those.
. tests/cli/lib.bash
only=$*
fixtures ext4 demo
img=$F/ext4.img
mbox=$F/demo/ann.mbox
modules="triage mount walk cat extract parse scan timeline bundle verify selftest version"
records="mount walk parse scan timeline verify"          # write records or lines to standard output, given evidence
S=$(readlink -f "$SPOOR")
full=$(readlink -f "$img")
quietly() { [ -s "$T/err" ] && fail "$1: $(head -n 2 "$T/err")"; }
# an account that may read and nothing else
unprivileged() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }

help_and_usage() {
	for m in $modules; do
		status 0 "$SPOOR" "$m" -h
		[ -s "$T/out" ] || fail "$m -h is empty"
		quietly "$m -h"
		[ "$(wc -l <"$T/out")" -le 40 ] || fail "$m -h is longer than 40 lines"
		status 2 "$SPOOR" "$m" --no-such-option
		[ -s "$T/out" ] && fail "$m: a usage error writes to standard output"
		grep -q "spoor $m" "$T/err" || fail "$m: a usage error does not name the module"
	done
}
full_device() {
	for m in $records cat selftest version; do
		case $m in selftest | version) set -- ;; *) set -- "$img" ;; esac
		got=0; "$SPOOR" "$m" "$@" >/dev/full 2>"$T/err" || got=$?
		[ $got = 4 ] || fail "$m to a full device exits $got, not 4"
		[ "$(grep -c 'written' "$T/err")" = 1 ] || fail "$m to a full device says: $(cat "$T/err")"
	done
	for m in $modules; do
		got=0; "$SPOOR" "$m" --help >/dev/full 2>"$T/err" || got=$?
		[ $got = 4 ] || fail "$m --help to a full device exits $got, not 4"
	done
}
closed_pipe() {
	for m in $records cat; do
		"$SPOOR" "$m" "$img" 2>"$T/err" | head -n 1 >/dev/null
		pipe=${PIPESTATUS[0]}
		case $pipe in 0 | 141) ;; *) fail "$m, a closed pipe: exit $pipe" ;; esac
		[ $pipe = 0 ] || quietly "$m, a closed pipe"
	done
	# a reader that is gone before the first byte: no line says how well it went
	for m in $records cat; do
		got=$(python3 -c 'import os, subprocess, sys
reader, writer = os.pipe()
os.close(reader)
print(subprocess.call(sys.argv[1:], stdout=writer))' "$SPOOR" "$m" "$img" 2>"$T/err")
		[ "$got" = -13 ] || fail "$m without a reader: ends with $got, not by SIGPIPE"
		quietly "$m without a reader"
	done
}
closed_descriptors() {
	for m in mount walk parse; do
		"$SPOOR" "$m" -q "$img" >"$T/want" 2>/dev/null
		"$SPOOR" "$m" -q "$img" <&- >"$T/out" 2>"$T/err" || fail "$m without standard input"
		cmp -s "$T/out" "$T/want" || fail "$m without standard input: other bytes"
		"$SPOOR" "$m" -q "$img" 2>&- >"$T/out" || fail "$m without standard error"
		cmp -s "$T/out" "$T/want" || fail "$m without standard error: other bytes"
		cp "$img" "$T/before.img"
		"$SPOOR" "$m" -q "$T/before.img" >&- 2>"$T/err"
		case $? in 0 | 4) ;; *) fail "$m without standard output: exit $?" ;; esac
		cmp -s "$img" "$T/before.img" || fail "$m without standard output wrote into the evidence"
		"$SPOOR" "$m" -q "$T/before.img" <&- >&- 2>&-
		cmp -s "$img" "$T/before.img" || fail "$m without any descriptor wrote into the evidence"
	done
	status 2 "$SPOOR" walk </dev/null
	got=0; "$SPOOR" walk <&- >"$T/out" 2>"$T/err" || got=$?
	[ $got = 2 ] || fail "walk without evidence and without standard input exits $got, not 2"
}
terminals() {
	command -v script >/dev/null || { echo "skip: script (util-linux) is not installed"; return; }
	"$SPOOR" walk -q "$img" >"$T/want"
	for setting in NO_COLOR=1 TERM=dumb COLUMNS=20; do
		env "$setting" "$SPOOR" walk -q "$img" >"$T/out" || fail "$setting: exit $?"
		cmp -s "$T/out" "$T/want" || fail "$setting changes the output"
		env "$setting" script -qec "stty cols 20; '$S' walk '$full' >'$T/out'" "$T/typescript" </dev/null >/dev/null || fail "$setting on a terminal: exit $?"
		sed "s#$full#$img#g" "$T/out" | cmp -s - "$T/want" || fail "$setting on a terminal changes the output"
	done
	env TERM=dumb script -qec "'$S' walk '$img' >'$T/out'" "$T/typescript" </dev/null >/dev/null
	grep -q $'\x1b\[' "$T/typescript" && fail "an escape sequence on a dumb terminal"
}
names() {
	d=$T/names
	mkdir "$d"
	i=0
	for name in $'line\nbreak' $'tab\there' $'\x1b[2J\x1b]0;title\x07' $'\xe2\x80\xaegpj.exe' $'\xff\xfe broken' 'plain::zip:x' ' %41 ' '-rf' "$(printf 'x%.0s' {1..255})"; do
		printf 'content %d' $i >"$d/$name"
		i=$((i + 1))
	done
	"$SPOOR" walk -q "$d" >"$T/out" || fail "walk of odd names"
	python3 tests/oracle/json-lines <"$T/out" || fail "odd names: a line is no JSON"
	LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f\x7f]' "$T/out" && fail "odd names: a control character came out raw"
	grep -q $'\xe2\x80\xae' "$T/out" && fail "odd names: a bidi control came out raw"
	jq -r 'select(.type == "node" and .kind == "file") | .locator' "$T/out" >"$T/locators"
	[ "$(wc -l <"$T/locators")" = $i ] || fail "odd names: $(wc -l <"$T/locators") locators, not $i"
	while IFS= read -r locator; do "$SPOOR" cat "$locator" || fail "odd names: cat $locator"; echo; done <"$T/locators" 2>"$T/err" | LC_ALL=C sort >"$T/out"
	cmp -s "$T/out" <(for ((k = 0; k < i; k++)); do echo "content $k"; done) || fail "odd names: a locator does not lead back"
	for name in "$d"/*; do
		"$SPOOR" cat "$name" >/dev/null 2>"$T/err" || fail "odd names: a plain path is not opened: $(cat "$T/err")"
		"$SPOOR" cat "$name.not there" >/dev/null 2>"$T/err" && fail "odd names: what is not there is opened"
		LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f\x7f]' "$T/err" && fail "odd names: a control character reaches standard error"
	done
}
locale_and_zone() {
	for m in walk parse; do
		"$SPOOR" $m -q "$F/demo/acme.E01" "$mbox" >"$T/a" 2>/dev/null
		LC_ALL=tr_TR.UTF-8 TZ=Asia/Kathmandu "$SPOOR" $m -q "$F/demo/acme.E01" "$mbox" >"$T/b" 2>/dev/null
		cmp -s "$T/a" "$T/b" || fail "$m: the locale or the time zone changes the output"
	done
}
bare_environment() {
	"$SPOOR" parse -q "$img" >"$T/want"
	env -i "$S" parse -q "$img" >"$T/out" || fail "an empty environment: exit $?"
	cmp -s "$T/out" "$T/want" || fail "an empty environment changes the output"
	env -i TMPDIR=/nonexistent "$S" parse -q "$img" >"$T/out" || fail "a TMPDIR that is not there: exit $?"
	chmod 755 "$T"
	unprivileged test -x "$S" || { echo "skip: an unprivileged account can't reach $S"; return; }
	mkdir "$T/locked"
	cp "$img" "$T/locked/e.img"
	chmod 755 "$T" "$T/locked"
	chmod 555 "$T/locked"
	(cd "$T/locked" && unprivileged env -i "$S" parse -q e.img >"$T/out" 2>"$T/err") || fail "a working directory that can't be written: exit $?: $(cat "$T/err")"
	(cd "$T/locked" && unprivileged env -i "$S" triage -q -o case e.img >"$T/out" 2>"$T/err")
	got=$?
	[ $got = 4 ] || fail "triage into a directory that can't be written exits $got, not 4: $(cat "$T/err")"
	grep -q case "$T/err" || fail "triage into a directory that can't be written does not name it"
}
signals() {
	for s in INT:130 TERM:143; do
		# a stream that never ends: the signal must end the reading
		mkfifo "$T/endless"
		"$SPOOR" walk <"$T/endless" >"$T/out" 2>"$T/err" &
		pid=$!
		exec 9>"$T/endless"
		"$SPOOR" mount -q "$img" | head -n 2 >&9
		while ! catches_signals $pid; do sleep 0.05; done
		kill -"${s%:*}" $pid
		wait $pid
		got=$?
		exec 9>&-
		rm "$T/endless"
		[ $got = "${s#*:}" ] || fail "SIG${s%:*} while standard input is read: exit $got, not ${s#*:}"
		tail -n 1 "$T/out" | grep -q '"type":"end".*"status":"interrupted"' || fail "SIG${s%:*}: no end record that says interrupted"
	done
	# kill -9 at any time: --resume ends with the same bundle
	"$SPOOR" triage -q -o "$T/whole" "$img" "$mbox" "$F/demo/acme.E01"
	"$SPOOR" triage -q --workers 1 -o "$T/cut" "$img" "$mbox" "$F/demo/acme.E01" &
	pid=$!
	while [ ! -s "$T/cut/.work/journal" ] && kill -0 $pid 2>/dev/null; do sleep 0.02; done
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	if [ -e "$T/cut/.work" ]; then
		"$SPOOR" triage -q --resume -o "$T/cut" "$img" "$mbox" "$F/demo/acme.E01"
		[ $? -le 1 ] || fail "--resume after kill -9: exit $?"
	fi
	difference=$(diff -rq "$T/whole" "$T/cut" | grep -v custody.log)
	[ -z "$difference" ] || fail "--resume after kill -9: $difference"
}
few_resources() {
	"$SPOOR" triage -q --workers 4 -o "$T/plenty" "$F/demo/acme.E01" "$mbox" "$F/demo"
	(ulimit -n 32; "$SPOOR" triage -q --workers 4 -o "$T/few" "$F/demo/acme.E01" "$mbox" "$F/demo")
	[ $? -le 1 ] || fail "ulimit -n 32: exit $?"
	difference=$(diff -rq "$T/plenty" "$T/few" | grep -v custody.log)
	[ -z "$difference" ] || fail "ulimit -n 32 changes the bundle: $difference"
	"$SPOOR" extract -q -o "$T/store.want" "$img" >"$T/want"
	(ulimit -n 32; "$SPOOR" extract -q -o "$T/store.few" "$img") >"$T/out" || fail "extract with ulimit -n 32: exit $?"
	cmp -s "$T/out" "$T/want" || fail "extract with ulimit -n 32: other records"
	diff -r "$T/store.want" "$T/store.few" >/dev/null || fail "extract with ulimit -n 32: $(diff -rq "$T/store.want" "$T/store.few" | wc -l) differences in the store"
	sandboxed || { echo "skip: a sanitizer's own memory is more than ulimit -v lets it have"; return; }
	(ulimit -v 200000; "$SPOOR" walk -q "$img" >"$T/out" 2>"$T/err")
	got=$?
	case $got in 0 | 1 | 5) ;; *) fail "ulimit -v 200000: exit $got" ;; esac
	[ $got = 0 ] || [ -s "$T/err" ] || fail "ulimit -v 200000: exit $got without a word"
}
output_inside_evidence() {
	mkdir "$T/evidence"
	cp "$mbox" "$T/evidence/a.mbox"
	for m in triage extract bundle; do
		status 2 "$SPOOR" $m -q -o "$T/evidence/case" "$T/evidence"
		grep -q evidence "$T/err" || fail "$m: output inside the evidence: $(cat "$T/err")"
	done
	status 2 "$SPOOR" triage -q -o "$T/evidence" "$T/evidence"
	ln -s "$T/evidence" "$T/alias"
	status 2 "$SPOOR" triage -q -o "$T/alias/case" "$T/evidence/."
	status 2 "$SPOOR" extract -q -o "$T/alias/deep" "$T/evidence/../alias"
	"$SPOOR" mount -q "$T/evidence" >"$T/mounted"
	status 2 "$SPOOR" extract -q -o "$T/evidence/store" <"$T/mounted"
	got=0; "$SPOOR" walk "$T/evidence" >"$T/evidence/walk.jsonl" 2>"$T/err" || got=$?
	[ $got = 2 ] || fail "standard output inside the evidence: exit $got, not 2"
	rm "$T/evidence/walk.jsonl"
	[ "$(ls -A "$T/evidence")" = a.mbox ] || fail "something was written into the evidence: $(ls -A "$T/evidence")"
	status 0 "$SPOOR" triage -q -o "$T/evidence-case" "$T/evidence"
}
any_number_of_workers() {
	# a worker that dies leaves a record, also where the second one does better: sound evidence kills none
	for n in 1 2; do
		"$SPOOR" triage -q --errors-ok --workers $n -o "$T/alive.$n" "$img" "$mbox" "$F/demo/acme.E01" 2>"$T/err" || fail "triage with $n workers: exit $?"
		grep '"class":"fault"' "$T/alive.$n/data/errors.jsonl" && fail "sound evidence kills workers"
	done
	for n in 1 8; do "$SPOOR" parse -q --workers $n "$F/demo/acme.E01" "$mbox" "$img" 2>/dev/null | sha256sum; done | uniq | wc -l | grep -qx 1 || fail "one worker and eight give different bytes"
}
manual() {
	for m in $modules; do
		status 0 "$SPOOR" $m -h
		usage=$(sed -n 's/^usage: //p' "$T/out")
		sed -n 's/^ *\(-., \|    \)\(--[a-z-]*\).*/\2/p' "$T/out" | sort >"$T/help.options"
		status 0 "$SPOOR" __man $m
		sed -n 's/^\.It .*Fl \\-\([a-z-]*\).*/--\1/p' "$T/out" | sort >"$T/man.options"
		cmp -s "$T/help.options" "$T/man.options" || fail "$m: -h and the manual name different options: $(diff "$T/help.options" "$T/man.options")"
		[ -s "$T/man.options" ] || fail "$m: no options found in the manual"
		synopsis=$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$T/out" | sed -n 's/^\.Nm.*/spoor '$m'/p; s/^\.Op Ar OPTION \.\.\./[OPTION].../p; s/^\.Ar //p' | tr '\n' ' ' | sed 's/ *$//')
		[ "$(echo $usage)" = "$synopsis" ] || fail "$m: usage '$usage', SYNOPSIS '$synopsis'"
		! command -v mandoc >/dev/null || mandoc -T lint -W error "$T/out" >"$T/lint" || fail "$m: mandoc: $(head -n 3 "$T/lint")"
	done
}
the_future() {
	"$SPOOR" walk -q "$mbox" | jq -c 'if .type == "end" then ., empty else . + {"colour of the future": {"a": [1, "x"]}} end' | sed '2i{"type":"omen","locator":"x","text":"later"}' >"$T/future"
	for m in extract parse scan; do
		case $m in extract) set -- -o "$T/future.store" ;; *) set -- ;; esac
		"$SPOOR" $m -q "$@" <"$T/future" >"$T/out" 2>"$T/err" || fail "$m: fields of the future: exit $?: $(cat "$T/err")"
		grep -qx '{"type":"omen","locator":"x","text":"later"}' "$T/out" || fail "$m: a type of the future does not pass"
		[ "$(grep -c 'colour of the future' "$T/out")" = "$(grep '"type":"\(evidence\|node\|note\)"' "$T/future" | grep -c 'colour of the future')" ] || fail "$m: fields of the future are lost"
	done
}
no_room() {
	# files that can't grow: as on a full disk. The message names what is full and what helps
	mkdir "$T/room"
	while read -r -u 4 kib want m arguments; do
		rm -rf "$T/room/"*
		# shellcheck disable=SC2086
		got=0; (trap '' XFSZ; ulimit -f "$kib"; TMPDIR=$T/room exec "$SPOOR" $m -q $arguments "$img" "$mbox") >/dev/null 2>"$T/err" || got=$?
		[ $got = 4 ] || fail "$m without room: exit $got, not 4"
		grep -q "$T/room.*File too large" "$T/err" || fail "$m without room does not say where: $(cat "$T/err")"
		grep -q -e "$want" "$T/err" || fail "$m without room does not say what helps ($want): $(cat "$T/err")"
	done 4<<-END
		16 --resume bundle -o $T/room/case
		64 --resume bundle -o $T/room/case
		8 TMPDIR extract -o $T/room/store
		8 TMPDIR timeline
	END
}

any=0
while read -r -u 3 number check; do
	[ -z "$only" ] || [[ " $only " == *" $check "* ]] || continue
	bad=0
	$check
	[ $bad = 0 ] && printf 'ok   %s %s\n' "$number" "$check"
	[ $bad = 0 ] || any=1
done 3<<'TABLE'
1 help_and_usage
2 full_device
3 closed_pipe
4 closed_descriptors
5 terminals
6 names
7 locale_and_zone
8 bare_environment
9 signals
10 few_resources
11 output_inside_evidence
12 any_number_of_workers
13 manual
14 the_future
15 no_room
TABLE
bad=$any
finish
