#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Evidence on a medium that fails: what can't be read is named as error records with their ranges, everything else is read as from a sound medium; a medium that dies in the
# middle ends no run. Served by a small FUSE file system; where FUSE can't be had this is skipped.
. tests/cli/lib.bash
fixtures ext4
if ! pkg-config --exists fuse3 2>/dev/null || ! cc $(pkg-config --cflags fuse3) -o "$T/eio_fs" tests/cli/eio_fs.c $(pkg-config --libs fuse3) 2>"$T/cc"; then
	echo "skipped: libfuse3-dev is not there"
	exit 0
fi
mkdir "$T/mount"
unmount() { fusermount3 -u -q "$T/mount" 2>/dev/null || umount "$T/mount" 2>/dev/null; wait "${served:-}" 2>/dev/null; }
trap 'unmount; rm -rf "$T"' EXIT
serve() {
	"$T/eio_fs" "$F/ext4.img" "$T/mount" "$@" 2>"$T/fuse" &
	served=$!
	for _ in $(seq 100); do [ -e "$T/mount/evidence.img" ] && return 0; kill -0 $served 2>/dev/null || break; read -r -t 0.1 _ <> <(:) || true; done
	echo "skipped: FUSE can't be had here ($(head -n 1 "$T/fuse"))"
	exit 0
}
printf 'rule NOTHING { meta: score = 50 description = "none" strings: $a = "no such text anywhere" condition: $a }\n' >"$T/few.yar"
triage() { timeout 200 "$SPOOR" triage -q -r "$T/few.yar" -o "$1" "$T/mount/evidence.img" 2>"$T/err"; }
nodes() { zstd -dqc "$1/data/records.jsonl.zst" | jq -c 'select(.type=="node" and .sha256) | [.locator, .sha256]' | LC_ALL=C sort; }

serve range 0 0
got=0; triage "$T/sound" || got=$?
[ $got = 0 ] || { fail "the sound medium: exit $got"; cat "$T/err"; }
unmount
# two pages inside a file's content: where the image holds a page of it that is nowhere else
offset=$("$SPOOR" walk -q "$F/ext4.img" 2>/dev/null | jq -r 'select(.type=="node" and .kind=="file" and .allocated and (.size|tonumber)>=16384) | .locator' | while read -r locator; do
	"$SPOOR" cat "$locator" 2>/dev/null >"$T/content"
	python3 - "$F/ext4.img" "$T/content" <<'P' && break
import sys
image, content = (open(name, "rb").read() for name in sys.argv[1:])
for at in range(4096, len(content) - 12288, 4096):
    page = content[at:at + 12288]
    if len(set(page)) > 16 and image.count(page) == 1 and image.index(page) % 1024 == 0:
        print(-(-image.index(page) // 4096) * 4096)
        sys.exit(0)
sys.exit(1)
P
done)
[ -n "$offset" ] || { fail "no file to break"; exit 1; }
serve range "$offset" 8192
got=0; triage "$T/range" || got=$?
[ $got = 1 ] || { fail "a bad range: exit $got, not 1"; cat "$T/err"; }
unmount
jq -e -s --arg o "$offset" 'any(.[]; .kind=="media.unreadable" and (.offset|tostring)==$o and (.length|tostring)=="8192")' "$T/range/data/errors.jsonl" >/dev/null || { fail "the bad range $offset+8192 is not named"; head -n 5 "$T/range/data/errors.jsonl"; }
[ "$(jq -r 'select(.kind=="media.unreadable") | .offset' "$T/range/data/errors.jsonl" | wc -l)" = 1 ] || fail "the bad range is named more than once"
jq -e -s 'any(.[]; .kind=="tainted" and (.length|tonumber) > 0)' "$T/range/data/errors.jsonl" >/dev/null || fail "no file is named as damaged, with its range"
nodes "$T/sound" >"$T/a"
nodes "$T/range" >"$T/b"
[ "$(wc -l <"$T/a")" = "$(wc -l <"$T/b")" ] || { fail "nodes are missing beside a bad range"; LC_ALL=C diff "$T/a" "$T/b" | head -n 5; head -n 5 "$T/range/data/errors.jsonl"; echo "$offset"; }
changed=$(LC_ALL=C comm -23 "$T/a" "$T/b" | wc -l)
tainted=$(jq -r 'select(.kind=="tainted") | .locator' "$T/range/data/errors.jsonl" | sort -u | wc -l)
[ "$changed" -ge 1 ] && [ "$changed" -le "$tainted" ] || fail "$changed files have other bytes, $tainted are named as damaged"
"$SPOOR" verify -q "$T/range" >/dev/null 2>&1 || fail "the bundle of damaged evidence does not verify"

# the medium dies after so many reads
for after in 4 12; do
	serve after $after
	got=0; triage "$T/after$after" || got=$?
	[ $got = 1 ] || [ $got = 3 ] || { fail "a medium that dies after $after reads: exit $got"; cat "$T/err"; }
	unmount
	if [ $got = 1 ]; then
		grep -q '"kind":"media.unreadable"\|"kind":"tainted"' "$T/after$after/data/errors.jsonl" || fail "a medium that dies after $after reads: no error tells of it"
		"$SPOOR" verify -q "$T/after$after" >/dev/null 2>&1 || fail "a medium that dies after $after reads: the bundle does not verify"
	fi
done
finish
