#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Encrypted members of archives: named and told without a password, read with it, and no password in anything that is written.
. tests/cli/lib.bash
fixtures archives
printf 'password:not this one\npassword:infected\n' >"$T/keys"
printf 'password:not this one\n' >"$T/wrong"
errors() { jq -r 'select(.type=="error") | .class + " " + .kind' "$T/out" | sort -u; }
members() { jq -r 'select(.type=="node" and .kind=="member") | (.locator | split("::")[1:] | join("::")) + " " + (.sha256 // "-")' "$T/out"; }

for f in locked.zip:secret.txt locked-aes.zip:report.txt; do
	name=${f%:*} member=${f#*:}
	status 1 "$SPOOR" walk -q --hash sha256 "$F/$name"
	[ "$(errors)" = "locked zip.encrypted" ] || fail "$name without keys: $(errors)"
	members | grep -qx "zip:/$member -" || fail "$name: the member is not named: $(members)"
	grep -q 'keys with a line password' "$T/out" || fail "$name: what is needed is not said"
	status 1 "$SPOOR" walk -q --hash sha256 --keys "$T/wrong" "$F/$name"
	grep -q 'none of the keys that were given opens it' "$T/out" || fail "$name: that the keys do not fit is not said"
	status 0 "$SPOOR" walk -q --hash sha256 --keys "$T/keys" "$F/$name"
	members | grep -q " -$" && fail "$name with keys: $(members)"
	grep -q 'opened with key 2 ' "$T/out" || fail "$name: which key is not said"
	! grep -q infected "$T/out" "$T/err" || fail "$name: the password is in what was written"
done
status 0 "$SPOOR" cat -q --keys "$T/keys" "$F/locked.zip::zip:/secret.txt"
[ "$(cat "$T/out")" = 'locked content' ] || fail "cat: $(cat "$T/out")"
status 0 "$SPOOR" cat -q --keys "$T/keys" "$F/locked.zip::zip:/inner.zip::zip:/deep secret.txt"
[ "$(cat "$T/out")" = 'locked twice' ] || fail "cat of what is inside: $(cat "$T/out")"
if command -v 7z >/dev/null; then
	status 0 "$SPOOR" cat -q --keys "$T/keys" "$F/locked-aes.zip::zip:/report.txt"
	7z x -so -pinfected "$F/locked-aes.zip" report.txt | cmp -s - "$T/out" || fail "AES: other bytes than 7z gives"
	for bits in 128 192; do
		printf 'text of %s bits\n' $bits >"$T/plain.txt"
		(cd "$T" && 7z a -tzip -mem=AES$bits -pinfected aes$bits.zip plain.txt >/dev/null)
		status 0 "$SPOOR" cat -q --keys "$T/keys" "$T/aes$bits.zip::zip:/plain.txt"
		cmp -s "$T/plain.txt" "$T/out" || fail "AES of $bits bits"
	done
	# a byte of what is encrypted is changed: given, and told
	python3 - "$T/aes192.zip" <<-'P'
	import sys, zipfile
	data = bytearray(open(sys.argv[1], "rb").read())
	data[30 + int.from_bytes(data[26:28], "little") + int.from_bytes(data[28:30], "little") + 14 + 3] ^= 1
	open(sys.argv[1], "wb").write(data)
	P
	status 1 "$SPOOR" walk -q --hash sha256 --keys "$T/keys" "$T/aes192.zip"
	errors | grep -qx 'damage zip.auth' || fail "a changed byte: $(errors)"
	# spoor can't decrypt a 7z: names are given where they are not encrypted, and why the rest is not
	(cd "$T" && 7z a -pinfected names.7z plain.txt >/dev/null)
	status 1 "$SPOOR" walk -q --hash sha256 --keys "$T/keys" "$T/names.7z"
	errors | grep -qx 'locked 7z.encrypted' && grep -q '"path":"/plain.txt"' "$T/out" || fail "7z with names: $(errors)"
else
	echo "skip: 7z is not installed"
fi
# names are encrypted too: only the archive is told of
status 1 "$SPOOR" walk -q "$F/locked.7z"
errors | grep -q '^locked ' || fail "7z: $(errors)"
exit $bad
