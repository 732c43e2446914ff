#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The command line: help, usage errors, exit codes, closed and full outputs.
. tests/cli/lib.bash
fixtures ext4
img=$F/ext4.img
modules="triage mount walk cat extract parse scan timeline bundle verify selftest version"
for m in $modules; do
	status 0 "$SPOOR" "$m" --help
	grep -q "^usage: spoor $m" "$T/out" || fail "$m --help has no usage on standard output"
	[ -s "$T/err" ] && fail "$m --help writes to standard error"
	status 2 "$SPOOR" "$m" --no-such-option
	[ -s "$T/out" ] && fail "$m: a usage error writes to standard output"
done
status 2 "$SPOOR" wlak
grep -q "spoor walk" "$T/err" || fail "a mistyped module is not suggested"
status 2 "$SPOOR"
status 0 "$SPOOR" help
status 3 "$SPOOR" mount "$T/nothing-here"
status 3 "$SPOOR" walk "$T/nothing-here"
mkfifo "$T/fifo"
status 3 "$SPOOR" walk "$T/fifo"
for m in mount walk parse scan timeline; do
	got=0; "$SPOOR" $m "$img" >/dev/full 2>"$T/err" || got=$?
	[ $got = 4 ] || fail "$m to a full device exits $got, not 4"
done
got=0; "$SPOOR" extract -o "$T/store" "$img" >/dev/full 2>"$T/err" || got=$?; [ $got = 4 ] || fail "extract to a full device exits $got, not 4"
got=0; "$SPOOR" cat "$img" >/dev/full 2>"$T/err" || got=$?; [ $got = 4 ] || fail "cat to a full device exits $got, not 4"
got=0; "$SPOOR" verify "$img" >/dev/full 2>"$T/err" || got=$?; [ $got = 4 ] || fail "verify to a full device exits $got, not 4"
got=0; "$SPOOR" selftest >/dev/full 2>"$T/err" || got=$?; [ $got = 4 ] || fail "selftest to a full device exits $got, not 4"
got=0; "$SPOOR" version >/dev/full 2>"$T/err" || got=$?; [ $got = 4 ] || fail "version to a full device exits $got, not 4"
"$SPOOR" walk -q "$img" 2>"$T/err" | head -n 1 >/dev/null
pipe=${PIPESTATUS[0]}
[ $pipe = 141 ] || [ $pipe = 0 ] || fail "a closed pipe: exit $pipe"
"$SPOOR" walk "$img" >"$T/a" 2>/dev/null
LC_ALL=tr_TR.UTF-8 TZ=Asia/Kathmandu "$SPOOR" walk "$img" >"$T/b" 2>/dev/null
cmp -s "$T/a" "$T/b" || fail "the locale or the time zone changes the output"
python3 tests/oracle/json-lines <"$T/a" || fail "python refuses a line of walk"
jq -c . <"$T/a" >/dev/null || fail "jq refuses a line of walk"
tail -n 1 "$T/a" | grep -q '"type":"end"' || fail "no end record"
got=$("$SPOOR" cat "$img" | sha256sum) want=$(sha256sum <"$img")
[ "$got" = "$want" ] || fail "cat of an image is not the image"
# what is compressed alone is called after the file around it, which a locator alone does not give
gzip -9cn "$img" >"$T/ext4.img.gz"
got=$("$SPOOR" cat -q "$T/ext4.img.gz::gz:/ext4.img" | sha256sum)
[ "$got" = "$want" ] || fail "cat of what gzip holds is not that"
if sandboxed; then status 0 "$SPOOR" selftest; else
	status 1 "$SPOOR" selftest
	grep -q '^sandbox off' "$T/out" || fail "a build without the sandbox does not say so"
fi
finish
