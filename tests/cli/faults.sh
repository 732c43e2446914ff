#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A parser that misbehaves costs one error record; all other nodes' records are those of a sound run; the kernel refuses what it tries.
. tests/cli/lib.bash
fixtures ext4
faults_build
S=$FAULTY
img=$F/ext4.img
victim=$("$S" walk -q "$img" 2>/dev/null | jq -r 'select(.type=="node" and .kind=="file" and .allocated==true and (.size|tonumber)>0 and (.name|test("^[a-z0-9.]+$"))) | .name' | head -n 1)
[ -n "$victim" ] || fail "no file to plant a fault in"
"$S" parse -q "$img" >"$T/sound" 2>/dev/null
kinds "$T/sound" | grep -v "\"name\":\"$victim\"" >"$T/sound.others"
before=$(grep -c '"type":"error"' "$T/sound")
for what in crash hang spin memory open socket exec; do
	"$S" parse -q --hang-seconds 2 --fault "$what:$victim" "$img" >"$T/out" 2>/dev/null
	after=$(grep -c '"type":"error"' "$T/out")
	[ $((after - before)) = 1 ] || fail "$what: $((after - before)) error records more, not one"
	kinds "$T/out" | grep -v "\"name\":\"$victim\"" | grep -v '"type":"error"' | cmp -s - <(grep -v '"type":"error"' "$T/sound.others") || fail "$what: records of other nodes changed"
	case $what in
	open) grep -q 'planted.refused' "$T/out" || fail "open was not refused" ;;
	socket | exec) grep -q '"kind":"sandbox"' "$T/out" || fail "$what was not refused by the kernel" ;;
	esac
	[ "$what" = exec ] && continue
	case $what in open | socket)
		"$S" parse -q --sandbox-off --fault "$what:$victim" "$img" 2>/dev/null | grep -q 'planted.succeeded' || fail "$what does not succeed without the sandbox: the test proves nothing"
	esac
done
finish
