#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Encrypted volumes made by cryptsetup, filled by an independent cipher: locked without keys, read with them, and no key in anything that is written.
. tests/cli/lib.bash
for tool in cryptsetup mke2fs jq; do
	command -v "$tool" >/dev/null || { echo "skip: no $tool"; exit 0; }
done
python3 -c 'import cryptography' 2>/dev/null || { echo "skip: no python3-cryptography"; exit 0; }
secret='correct horse battery 4711'
mkdir "$T/in" && printf 'what lies inside\n' >"$T/in/inside.txt"
mke2fs -q -t ext2 -d "$T/in" -b 1024 "$T/plain" 512 >/dev/null 2>&1 || { fail "mke2fs"; finish; }
head -c 64 /dev/urandom >"$T/vk64" && head -c 32 "$T/vk64" >"$T/vk32"
printf '%s' "$secret" >"$T/pass"
# make NAME KEYFILE OPTION...: an image with a LUKS header and the file system behind it
make() {
	local name=$1 key=$2
	shift 2
	truncate -s 20M "$T/$name"
	cryptsetup luksFormat -q --key-file "$T/pass" --volume-key-file "$key" --key-size $(($(stat -c %s "$key") * 8)) "$@" "$T/$name" >"$T/make" 2>&1 || { fail "cryptsetup $name"; cat "$T/make"; return; }
	local offset cipher sector=512
	offset=$(cryptsetup luksDump "$T/$name" | awk '/Payload offset:/ { print $3 * 512 } /^[[:space:]]*offset:/ { if (!n++) print $2 }' | head -n 1)
	cipher=$(cryptsetup luksDump "$T/$name" | awk '/Cipher mode:/ { print $3 } $1 == "cipher:" { print $2 }' | head -n 1)
	case " $* " in *" 4096 "*) sector=4096 ;; esac
	python3 - "$T/plain" "$T/$name" "$key" "$offset" "$cipher" "$sector" <<'P'
import hashlib, sys
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
plain, image, key, offset, cipher, sector = sys.argv[1:]
key, sector, data = open(key, "rb").read(), int(sector), open(plain, "rb").read()
out = bytearray()
for at in range(0, len(data), sector):
    number = (at // 512).to_bytes(16, "little")
    if "xts" in cipher:
        mode = modes.XTS(number)
    else:
        e = Cipher(algorithms.AES(hashlib.sha256(key).digest()), modes.ECB()).encryptor()
        mode = modes.CBC(e.update(number))
    out += Cipher(algorithms.AES(key), mode).encryptor().update(data[at:at + sector])
with open(image, "r+b") as f:
    f.seek(int(offset))
    f.write(out)
P
}
make one.luks "$T/vk64" --type luks1 --pbkdf-force-iterations 1000
make two.luks "$T/vk64" --type luks2 --pbkdf argon2id --pbkdf-memory 65536 --pbkdf-parallel 4 --pbkdf-force-iterations 4 --sector-size 4096
make cbc.luks "$T/vk32" --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --cipher aes-cbc-essiv:sha256 --sector-size 512
printf '# the case\npassword:wrong\npassword:%s\n' "$secret" >"$T/keys"
want=$(sha256sum <"$T/in/inside.txt" | cut -d' ' -f1)
for name in one two cbc; do
	image=$T/$name.luks
	status 1 "$SPOOR" walk -q "$image"
	[ "$(jq -r 'select(.type=="error") | .class + " " + .kind' "$T/out")" = "locked luks.locked" ] || fail "$name: without a key not one error of class locked"
	printf 'password:wrong\nhex:00ff\n' >"$T/wrong"
	status 1 "$SPOOR" walk -q --keys "$T/wrong" "$image"
	grep -q 'none of the keys' "$T/out" || fail "$name: wrong keys are not told"
	status 0 "$SPOOR" walk -q --keys "$T/keys" --hash sha256 "$image"
	[ "$(jq -r 'select(.path=="/inside.txt") | .sha256' "$T/out")" = "$want" ] || fail "$name: the file inside is not found, or has another content"
	grep -q 'key 2 of those given, slot 0' "$T/out" || fail "$name: which key opened it is not told"
	status 0 "$SPOOR" cat -q --keys "$T/keys" "$image::luks:1"
	head -c "$(stat -c %s "$T/plain")" "$T/out" | cmp -s - "$T/plain" || fail "$name: the volume in clear is not what was encrypted"
	status 0 "$SPOOR" cat -q --keys "$T/keys" "$image::luks:1::ext:/inside.txt"
	cmp -s "$T/out" "$T/in/inside.txt" || fail "$name: cat by a locator through the volume"
done
# other forms of the same: a descriptor, a key file, the volume's own key
exec 9<"$T/keys"
status 0 "$SPOOR" mount -q --keys-fd 9 "$T/one.luks"
exec 9<&-
printf 'file:%s\n' "$T/pass" >"$T/k" && status 0 "$SPOOR" mount -q --keys "$T/k" "$T/one.luks"
printf 'hex:%s\n' "$(xxd -p -c 200 "$T/vk64")" >"$T/k" && status 0 "$SPOOR" mount -q --keys "$T/k" "$T/two.luks"
# wrong lists: usage, and not a word of what stood there
printf 'password:a\n%s\n' "$secret" >"$T/k"
status 2 "$SPOOR" mount -q --keys "$T/k" "$T/one.luks"
grep -q 'line 2' "$T/err" && ! grep -q horse "$T/err" || fail "a wrong line is not told by its number alone"
status 2 "$SPOOR" mount -q --keys "$T/none" "$T/one.luks"
: >"$T/k" && status 2 "$SPOOR" mount -q --keys "$T/k" "$T/one.luks"
# the whole chain in one, whatever the number of workers; an interrupted run and its journal hold no key either
status 0 "$SPOOR" triage -q --workers 1 --keys "$T/keys" -o "$T/a" "$T"/{one,two,cbc}.luks
status 0 "$SPOOR" triage -q --workers 4 --keys "$T/keys" -o "$T/b" "$T"/{one,two,cbc}.luks
for b in a b; do
	"$SPOOR" verify -q "$T/$b" >/dev/null 2>&1 || fail "$b does not verify"
	(cd "$T/$b" && for f in data/*.zst; do zstd -qdc "$f"; done; cat data/*.jsonl data/report.html custody.log) >"$T/all" 2>/dev/null
	grep -q inside.txt "$T/all" || fail "$b: the file is not in the bundle"
	if grep -qF "$secret" "$T/all" || grep -rqF "$secret" "$T/$b"; then fail "$b: a key is in the bundle"; fi
	xxd -p -c 8 "$T/vk64" | head -n 1 >"$T/hex"
	grep -qF -f "$T/hex" "$T/all" && fail "$b: a volume's key is in the bundle"
done
diff -r -q -x custody.log "$T/a/data" "$T/b/data" >/dev/null || fail "one worker and four give different bundles"
timeout -s KILL 1 "$SPOOR" triage -q --keys "$T/keys" -o "$T/c" "$T"/{one,two,cbc}.luks 2>/dev/null
[ -e "$T/c" ] && grep -rqaF "$secret" "$T/c" && fail "a killed run left a key"
status 1 "$SPOOR" walk -q "$T/one.luks" # once more without: nothing was kept
# damage: the first header of LUKS2 gone, the second serves
cp "$T/two.luks" "$T/second.luks" && dd if=/dev/zero of="$T/second.luks" bs=512 count=8 conv=notrunc status=none
status 1 "$SPOOR" walk -q --keys "$T/keys" "$T/second.luks"
grep -q '"path":"/inside.txt"' "$T/out" && grep -q 'the second one is used' "$T/out" || fail "the second header does not serve"
# more memory than a worker may have is said (no limit where a sanitizer needs the memory)
if sandboxed && cryptsetup luksFormat -q --key-file "$T/pass" --type luks2 --pbkdf argon2id --pbkdf-memory 4194304 --pbkdf-parallel 1 --pbkdf-force-iterations 4 "$T/second.luks" 2>/dev/null; then
	status 1 "$SPOOR" mount -q --keys "$T/keys" "$T/second.luks"
	grep -q '"kind":"luks.memory"' "$T/out" || fail "too much memory for Argon2 is not said"
fi
finish
