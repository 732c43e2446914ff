#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A run that is cut off goes on with --resume to the bytes of an undisturbed run, and no job that its journal holds runs again: killed, ended by a signal, torn in the middle of a
# write, on a full disk. One run at a time; other evidence or options are refused. (tests/slow/resume-kills kills at random moments, tests/slow/fail-points at every call.)
. tests/cli/lib.bash
fixtures ext4 mail artifacts
faults_build
printf 'rule SOME_TEXT { meta: score = 50 description = "text" strings: $a = "sudo" condition: $a }\n' >"$T/few.yar"
cp -r "$F/artifacts" "$T/folder"
run() { local out=$1; shift; timeout 120 "$FAULTY" triage -q -r "$T/few.yar" -o "$out" "$@" "$F/ext4.img" "$F/mail.mbox" "$T/folder"; }
got=0; SPOOR_FAIL_COUNT=$T/calls run "$T/truth" 2>"$T/err" || got=$?
[ $got = 1 ] || { fail "the undisturbed run exits $got, not 1"; cat "$T/err"; }
calls=$(cat "$T/calls")
all=$(jobs_of "$T/truth" all) ran=$(jobs_of "$T/truth" run)
[ "$calls" -gt 50 ] && [ "$ran" -gt 5 ] || fail "$calls calls, $ran jobs: too little to cut"

# cut HOW AT EXIT: cuts the run at that call, resumes, compares
cut() {
	local how=$1 at=$2 want=$3 got=0 kept
	local dir=$T/$how.$at
	SPOOR_FAIL_AT=$at SPOOR_FAIL_HOW=$how run "$dir" >"$T/out" 2>"$T/err" || got=$?
	if [ "$want" != any ] && [ $got != "$want" ]; then fail "$how at call $at: exit $got, not $want"; head -n 3 "$T/err"; fi
	[ -d "$dir/.work" ] || { [ $got = 1 ] && same "$T/truth" "$dir"; rm -rf "$dir"; return; }
	kept=$(journalled "$dir")
	got=0; run "$dir" 2>"$T/err" || got=$?
	[ $got = 2 ] && grep -q -e --resume "$T/err" || fail "$how at call $at: a second run without --resume exits $got, not 2 with what to do"
	got=0; run "$dir" --resume 2>"$T/err" || got=$?
	[ $got = 1 ] || { fail "$how at call $at: --resume exits $got, not 1"; head -n 3 "$T/err"; }
	same "$T/truth" "$dir"
	[ "$(jobs_of "$dir" from_journal)" = "$kept" ] && [ $((kept + $(jobs_of "$dir" run))) = "$ran" ] && [ "$(jobs_of "$dir" all)" = "$all" ] ||
		fail "$how at call $at: $kept jobs in the journal; the custody log says $(jobs_of "$dir" from_journal) and $(jobs_of "$dir" run) of $ran"
	rm -rf "$dir"
}
for part in 5 35 65 95; do cut kill $((calls * part / 100)) 137; done
for part in 20 50; do cut torn $((calls * part / 100)) any; done
for part in 10 80; do cut full $((calls * part / 100)) 4; grep -q "No space left" "$T/err" && fail "the resumed run speaks of a full disk"; done
cut term $((calls * 15 / 100)) 143
cut int 8 130

# what a full disk says
got=0; SPOOR_FAIL_AT=$((calls / 2)) SPOOR_FAIL_HOW=full run "$T/full" 2>"$T/err" || got=$?
[ $got = 4 ] && grep -q "No space left" "$T/err" && grep -q -e --resume "$T/err" || { fail "a full disk: exit $got"; cat "$T/err"; }
"$SPOOR" verify -q "$T/full" >/dev/null 2>&1 && fail "verify accepts the bundle of a run that a full disk cut"
# other options, other evidence, evidence that changed
got=0; timeout 60 "$FAULTY" triage -q --resume --profile linux -r "$T/few.yar" -o "$T/full" "$F/ext4.img" "$F/mail.mbox" "$T/folder" 2>"$T/err" || got=$?
[ $got = 2 ] && grep -q "other options" "$T/err" || { fail "other options: exit $got, not 2"; cat "$T/err"; }
got=0; timeout 60 "$FAULTY" triage -q --resume -r "$T/few.yar" -o "$T/full" "$F/ext4.img" 2>"$T/err" || got=$?
[ $got = 2 ] || fail "other evidence: exit $got, not 2"
echo more >"$T/folder/more"
got=0; run "$T/full" --resume 2>"$T/err" || got=$?
[ $got = 2 ] || fail "a folder that changed: exit $got, not 2"
rm "$T/folder/more"
# the lock: while one run holds it another one is refused, with --resume and without
exec 9>>"$T/full/.work/lock"
flock -n 9 || fail "the lock of a dead run is still held"
for with in "" --resume; do
	got=0; run "$T/full" $with 2>"$T/err" || got=$?
	[ $got = 2 ] && { [ -z "$with" ] || grep -q "another run" "$T/err"; } || { fail "two runs at a time: exit $got, not 2"; cat "$T/err"; }
done
exec 9>&-
got=0; run "$T/full" --resume 2>"$T/err" || got=$?
[ $got = 1 ] || fail "after the refusals --resume exits $got, not 1"
same "$T/truth" "$T/full"
# a finished bundle is left alone
before=$(sha256sum <"$T/full/custody.log")
got=0; run "$T/full" --resume 2>"$T/err" || got=$?
[ $got = 2 ] && grep -q "finished bundle" "$T/err" && [ "$before" = "$(sha256sum <"$T/full/custody.log")" ] || fail "a finished bundle: exit $got, not 2"
finish
