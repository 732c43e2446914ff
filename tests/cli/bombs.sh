#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What grows without end and what runs in circles: triage ends in bounded time and memory, says where it stopped, and gives what there is.
# SLOW=1: 10 GiB of zeros in a zip (some 4 GiB of them are read) and a mailbox of one line of 2 GiB; else 1 GiB and 72 MiB.
. tests/cli/lib.bash
fixtures bombs archives
B=$F/bombs
slow=${SLOW:-} seconds=150 line=72
[ -z "$slow" ] || seconds=900 line=2048
memory=512              # MiB of all processes together, two workers
sandboxed || { memory=8192; echo "a build with sanitizers: memory is not judged"; }

# bomb NAME EVIDENCE NODES ERRORS...: triage ends, gives at least so many nodes, and these errors ("kind:class", each as often as it stands here) and no others; any: whatever they are
bomb() {
	local name=$1 evidence=$2 nodes=$3 got=0 peak
	shift 3
	[ -e "$evidence" ] || { echo "skip: $name could not be made here"; return; }
	rm -rf "$T/case"
	peak=$(timeout "$seconds" tests/slow/peak-memory "$SPOOR" triage -q --workers 2 --errors-ok -o "$T/case" "$evidence" 2>"$T/err" | tail -n 1) || got=$?
	[ "$got" = 0 ] || { fail "$name: triage ends with $got (124: not within $seconds s)"; tail -n 3 "$T/err"; return; }
	peak=$(sed -n 's/^.*: peak \([0-9.]*\) MiB.*/\1/p' <<<"$peak")
	[ "$peak" ] || fail "$name: no figure of memory"
	awk -v p="${peak:-0}" -v m="$memory" 'BEGIN { exit !(p <= m) }' || fail "$name: $peak MiB of memory"
	local want
	want=$(printf '%s\n' "$@" | sort)
	# (a line of 72 MiB is base64 as well, whose layers have a limit of their own, told for each window of content)
	jq -r 'select(.kind != "layers") | .kind + ":" + .class' "$T/case/data/errors.jsonl" | sort >"$T/errors"
	[ "$want" = any ] || [ "$(cat "$T/errors")" = "$want" ] || fail "$name: errors $(uniq -c "$T/errors" | head -n 5 | tr '\n' ';') not $want"
	got=$(zstd -dcq "$T/case/data/records.jsonl.zst" | grep -c '"type":"node"')
	[ "$got" -ge "$nodes" ] || fail "$name: $got nodes, not $nodes"
	"$SPOOR" verify -q "$T/case" >"$T/verify" 2>&1 || fail "$name: verify"
	echo "$name: $got nodes, memory $peak MiB"
}

bomb "an archive that holds itself" "$B/quine.gz" 8 nesting:limit
if [ "$slow" ]; then bomb "10 GiB of zeros" "$B/zeros.zip" 2 zip.output:limit; else bomb "1 GiB of zeros" "$F/bomb.zip" 2; fi
bomb "10,000 directories in a tar" "$B/deep.tar" 2 tar.name:limit
bomb "10,000 directories in XFS" "$B/deep.xfs" 10000 fs.depth:limit
bomb "a loop in ext4" "$B/loop.ext4" 5
zstd -dcq "$T/case/data/records.jsonl.zst" | grep -q '"kind":"fs.directory-twice"' || fail "the loop in ext4 is not told"
bomb "a loop in NTFS" "$B/loop.ntfs" 3 fs.depth:limit fs.depth:limit
python3 - "$T/line.mbox" "$line" <<'PY'
import sys
with open(sys.argv[1], "wb") as f:
    f.write(b"From a@partner.example Tue Nov 14 08:00:00 2023\nFrom: a@partner.example\nSubject: one line\n\n")
    for _ in range(int(sys.argv[2])):
        f.write(b"-" * (1 << 20))         # nothing that looks encoded
    f.write(b"\nFrom b@partner.example Tue Nov 14 08:00:01 2023\nFrom: b@partner.example\nSubject: behind it\n\nend\n")
PY
# what is too large to be held is told by each stage that needs it whole
bomb "a mailbox of one line" "$T/line.mbox" 3 any
jq -r '.kind + ":" + .class' "$T/case/data/errors.jsonl" | sort -u | tr '\n' ' ' >"$T/got"
grep -q '^\([a-z.]*:limit \)*$' "$T/got" && grep -q mail.size "$T/got" && [ "$(wc -l <"$T/case/data/errors.jsonl")" -le 4 ] || fail "a mailbox of one line: errors $(cat "$T/got")"
zstd -dcq "$T/case/data/records.jsonl.zst" | grep -q '"subject":"behind it"' || fail "the message behind the line is not given"
if [ -d ../shared/evidence ]; then
	../shared/evidence/unpack "$BUILD/evidence" mail >/dev/null || exit 1
	bomb "a loop in the tree of a PST" "$BUILD/evidence/mail/pst/testPST-nbt-loop.pst" 10 any
	jq -r .kind "$T/case/data/errors.jsonl" | grep -q '^pst.page$' || fail "the loop in the tree of a PST is not told"
else
	echo "skip: ../shared/evidence is not there: no PST with a loop"
fi
finish
