#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The change journal in its volume: folders that it never tells of come from the $MFT, renames are undone, a folder whose entry was used again is told. Alone, as a file, it has itself.
. tests/cli/lib.bash
/usr/bin/python3 -B - "$T/v.img" <<'PY' || fail "no volume"
import sys
sys.path.insert(0, "tests/fixtures/builders")
from ntfs_writer import Volume, filetime
CREATE, OLD, NEW = 0x100, 0x1000, 0x2000
v = Volume(6 << 20, "journal", 0x5B00F00D00000010, filetime(1700000000), records=384)
users = v.add(v.root, "Users", True)
staging = v.add(users, "backup of 2019", True)
again = v.add(v.root, "again", True, sequence=4)
files = [v.add(staging, name) for name in ("a.txt", "b.txt", "c.txt")]
at = filetime(1700000100)
v.journal_add(files[0], staging, "a.txt", CREATE, at)
v.journal_add(staging, users, "staging", OLD, at + 1)
v.journal_add(staging, users, "backup of 2019", NEW, at + 2)
v.journal_add(files[1], staging, "b.txt", CREATE, at + 3)
again.sequence = 3
v.journal_add(files[2], again, "c.txt", CREATE, at + 4)
again.sequence = 4
open(sys.argv[1], "wb").write(v.write())
PY
paths() { jq -r 'select(.type=="event" and .kind=="fs_change") | .path' | sort; }
"$SPOOR" parse -q "$T/v.img" >"$T/whole" || fail "parse ends with $?"
entry=$("$SPOOR" walk -q "$T/v.img" | jq -r 'select(.path=="/again" and .kind=="directory") | .address' | cut -d - -f 1)
printf '%s\n' "/%3F$entry-3/c.txt" "/Users/backup%20of%202019" "/Users/backup%20of%202019/b.txt" "/Users/staging" "/Users/staging/a.txt" | sort >"$T/want"
paths <"$T/whole" | cmp -s - "$T/want" || { fail "paths in the volume"; paths <"$T/whole" | diff - "$T/want"; }
jq -e -s --arg e "$entry-3" 'any(.[]; .path=="/%3F\($e)/c.txt" and .data.stale_parent==$e and .data.stale_parent_sequence_now==4)' "$T/whole" >/dev/null || fail "the folder that was used again is not told"
jq -e -s 'any(.[]; .type=="artifact" and .artifact=="win.usnjrnl" and .data.folders_of_mft>=3 and .data.stale_parents==1)' "$T/whole" >/dev/null || fail "the journal's own record"
journal=$(jq -r 'select(.artifact=="win.usnjrnl" and .type=="artifact") | .locator' "$T/whole")
"$SPOOR" parse -q "$journal" | paths | cmp -s - "$T/want" || fail "by its locator it has other paths"
"$SPOOR" cat -q "$journal" >"$T/\$J" || fail "cat"
"$SPOOR" parse -q --artifact win.usnjrnl "$T/\$J" >"$T/alone" || fail "parse of the file ends with $?"
[ "$(paths <"$T/alone" | grep -c '^/%3F')" = 5 ] || fail "alone it knows more than itself"
finish
