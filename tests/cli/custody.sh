#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Chain of custody: what a responder signs can be checked, by spoor and by hand; each kind of tampering is named and ends with status 1.
. tests/cli/lib.bash
fixtures demo
image=$F/demo/acme.E01 mail=$F/demo/ann.mbox
if [ ! -x /usr/bin/ssh-keygen ]; then echo "skipped: /usr/bin/ssh-keygen is not there"; exit 0; fi
# programs of these names on the PATH must never run
mkdir "$T/trap"
for name in ssh-keygen gpg gpgv; do printf '#!/bin/sh\ntouch %s/ran\nexit 0\n' "$T" >"$T/trap/$name"; chmod +x "$T/trap/$name"; done
spoor() { PATH=$T/trap:$PATH "$SPOOR" "$@"; }
/usr/bin/ssh-keygen -q -t ed25519 -N '' -C ann -f "$T/ann" && /usr/bin/ssh-keygen -q -t ed25519 -N '' -C eve -f "$T/eve" || fail "no keys"
printf 'ann@lab %s\n' "$(cut -d' ' -f1,2 "$T/ann.pub")" >"$T/signers"
printf 'eve@lab %s\n' "$(cut -d' ' -f1,2 "$T/eve.pub")" >"$T/others"

status 2 spoor triage -q --sign "$T/nokey" -o "$T/no" "$image"
[ ! -e "$T/no" ] || fail "a wrong key is told before anything is made"
status 0 spoor triage --sign "$T/ann" -o "$T/case" "$image" "$mail"
head=$(tail -n 1 "$T/case/custody.log" | tr -d '\n' | sha256sum | cut -d' ' -f1)
grep -qF "$head" "$T/err" || fail "the head of the log is not told"
status 0 spoor verify --signers "$T/signers" "$T/case" "$image" "$mail"
grep -q 'signed by ann@lab with ED25519 key SHA256:' "$T/err" || fail "who signed is not told"
[ "$(grep -c 'is what .* was made from' "$T/err")" = 2 ] || fail "evidence is not compared"
[ "$(tail -n 1 "$T/err")" = "spoor verify: 1 bundle and 2 evidence items checked: 1 match, 1 without a stored hash; 0 errors" ] || fail "the last line does not say what was verified: $(tail -n 1 "$T/err")"
status 0 spoor verify "$T/case"
grep -q 'whose key that is says only a signers file' "$T/err" || fail "an unknown key is not told of"
/usr/bin/ssh-keygen -Y verify -f "$T/signers" -I ann@lab -n spoor -s "$T/case/custody.log.sig" <"$T/case/custody.log" >/dev/null || fail "the signature can't be checked by hand"
(cd "$T/case" && sha256sum -c --quiet manifest-sha256.txt tagmanifest-sha256.txt) || fail "the manifests can't be checked by hand"
# the log: every line is JSON, numbered, and names the hash of the one before
previous=$(printf '0%.0s' {1..64}) n=0
while IFS= read -r line; do
	n=$((n + 1))
	[ "$(jq -r '[.seq, .prev] | @tsv' <<<"$line")" = "$n	$previous" ] || fail "line $n of the log is not chained"
	jq -e '.time and .actor and .host and .kernel and .action and .details' <<<"$line" >/dev/null || fail "line $n lacks something"
	previous=$(printf %s "$line" | sha256sum | cut -d' ' -f1)
done <"$T/case/custody.log"
[ "$n" -ge 2 ] && [ "$(tail -n 1 "$T/case/custody.log" | jq -r '.action')" = seal ] || fail "the log does not end with its seal"
[ "$(tail -n 1 "$T/case/custody.log" | jq -r '.details.seal.tagmanifest_sha256')" = "$(sha256sum <"$T/case/tagmanifest-sha256.txt" | cut -d' ' -f1)" ] || fail "the seal names another tag manifest"

# tampered WHAT EXPECTED COMMAND: on a copy, in which the command runs; status 1, and a record says what
tampered() {
	rm -rf "$T/copy" && cp -a "$T/case" "$T/copy"
	(cd "$T/copy" && eval "$3") || fail "tampering with $1"
	status 1 spoor verify --signers "${4:-$T/signers}" "$T/copy"
	jq -r 'select(.type == "error") | .message' "$T/out" | grep -q "$2" || { fail "$1 is not named"; jq -c 'select(.type == "error") | [.kind, .message]' "$T/out"; }
}
# chain the log anew, as someone would who can write it
rechain() { python3 - <<'END'
import hashlib, json, re
previous, out = '0' * 64, b''
for line in open('custody.log', 'rb').read().splitlines():
    line = re.sub(rb'"head":"[0-9a-f]{64}"', b'"head":"' + previous.encode() + b'"', line)
    line = re.sub(rb'"prev":"[0-9a-f]{64}"}$', b'"prev":"' + previous.encode() + b'"}', line)
    previous = hashlib.sha256(line).hexdigest()
    out += line + b'\n'
open('custody.log', 'wb').write(out)
END
}
tampered 'a changed file' '^data/findings.jsonl: was changed' 'printf x >>data/findings.jsonl'
tampered 'a changed byte' '^data/timeline.sqlite: was changed' 'printf X | dd of=data/timeline.sqlite bs=1 seek=4097 conv=notrunc status=none'
tampered 'a removed file' '^data/report.html: is missing' 'rm data/report.html'
tampered 'an added file' '^data/notes.txt: was added' 'echo x >data/notes.txt'
tampered 'an added file in the root' '^notes.txt: was added' 'echo x >notes.txt'
tampered 'a link in place of a file' '^data/coverage.json: ' 'mv data/coverage.json ../moved && ln -s ../../moved data/coverage.json'
tampered 'a changed manifest' '^manifest-sha256.txt: was changed' 'echo x >>data/errors.jsonl && sed -i "s|^.*  data/errors.jsonl|$(sha256sum data/errors.jsonl | cut -c1-64)  data/errors.jsonl|" manifest-sha256.txt'
tampered 'a changed tag manifest' 'the seal in custody.log names another tag manifest' 'echo x >>bag-info.txt && sed -i "s|^.*  bag-info.txt|$(sha256sum bag-info.txt | cut -c1-64)  bag-info.txt|" tagmanifest-sha256.txt'
tampered 'a removed tag manifest' '^tagmanifest-sha256.txt: is missing' 'rm tagmanifest-sha256.txt'
tampered 'a changed log line' 'the chain is broken before line 2' 'sed -i "1s/\"uid\":[0-9]*/\"uid\":4711/" custody.log'
tampered 'a removed log line' 'lines are missing' 'sed -i 1d custody.log'
tampered 'the removed last log line' 'custody.log has no seal' 'sed -i "\$d" custody.log'
tampered 'a torn last log line' 'the last line is torn' 'truncate -s -5 custody.log'
tampered 'a log that is gone' 'custody.log can.t be read' 'rm custody.log'
tampered 'a log chained anew' '^custody.log.sig: does not fit custody.log' 'sed -i "1s/\"uid\":[0-9]*/\"uid\":4711/" custody.log && rechain'
tampered 'a bundle made anew' '^custody.log.sig: does not fit custody.log' 'echo x >>data/errors.jsonl && sed -i "s|^.*  data/errors.jsonl|$(sha256sum data/errors.jsonl | cut -c1-64)  data/errors.jsonl|" manifest-sha256.txt &&
	sed -i "s|^.*  manifest-sha256.txt|$(sha256sum manifest-sha256.txt | cut -c1-64)  manifest-sha256.txt|" tagmanifest-sha256.txt && sed -i "s|\"tagmanifest_sha256\":\"[0-9a-f]*\"|\"tagmanifest_sha256\":\"$(sha256sum tagmanifest-sha256.txt | cut -c1-64)\"|" custody.log && rechain'
tampered 'another key' '^custody.log.sig: is by another key' '/usr/bin/ssh-keygen -q -Y sign -n spoor -f "$T/eve" <custody.log >custody.log.sig'
tampered 'another name space' '^custody.log.sig: does not fit' '/usr/bin/ssh-keygen -q -Y sign -n file -f "$T/ann" <custody.log >custody.log.sig'
tampered 'signers that did not sign' '^custody.log.sig: is by another key' : "$T/others"
tampered 'signers that are not there' 'the signers file can.t be read' : "$T/nothing"
tampered 'a signature that is gone' '^custody.log.sig: is missing' 'rm custody.log.sig'
tampered 'a signature that is none' '^custody.log.sig: ' 'echo nonsense >custody.log.sig'
# without a signers file a signature still has to fit
rm -rf "$T/copy" && cp -a "$T/case" "$T/copy" && (cd "$T/copy" && sed -i '1s/"uid":[0-9]*/"uid":4711/' custody.log && rechain)
status 1 spoor verify "$T/copy"
# what comes after the seal is not signed, and breaks nothing
rm -rf "$T/copy" && cp -a "$T/case" "$T/copy"
python3 - "$T/copy/custody.log" <<'END'
import hashlib, json, sys
lines = open(sys.argv[1], 'rb').read().splitlines()
last = json.loads(lines[-1])
last.update(seq=len(lines) + 1, action='handed over', details={}, prev=hashlib.sha256(lines[-1]).hexdigest())
open(sys.argv[1], 'ab').write(json.dumps(last, separators=(',', ':')).encode() + b'\n')
END
status 0 spoor verify --signers "$T/signers" "$T/copy"

# evidence that changed since
mkdir "$T/evidence" && cp "$mail" "$image" "$T/evidence/" && printf x >>"$T/evidence/ann.mbox"
status 1 spoor verify "$T/case" "$T/evidence/ann.mbox"
jq -r 'select(.type == "error") | .message' "$T/out" | grep -q '^ann.mbox: is not what .* was made from' || fail "changed evidence is not named"
status 0 spoor verify "$T/evidence/acme.E01" "$T/case"
mv "$T/evidence/acme.E01" "$T/evidence/other.E01"
status 1 spoor verify "$T/case" "$T/evidence/other.E01"
jq -r 'select(.type == "error") | .message' "$T/out" | grep -q 'names no evidence of this name' || fail "foreign evidence is not named"

# a bundle made from records signs too; a key that can't sign is told
"$SPOOR" mount -q "$mail" 2>/dev/null | "$SPOOR" walk -q 2>/dev/null >"$T/records"
status 0 spoor bundle -q --sign "$T/ann" -o "$T/piped" <"$T/records"
status 0 spoor verify --signers "$T/signers" "$T/piped"
echo nonsense >"$T/badkey"
status 4 spoor bundle -q --sign "$T/badkey" -o "$T/unsigned" <"$T/records"
grep -q 'the bundle is not signed' "$T/err" || fail "a failed signature is not told"

if [ -x /usr/bin/gpg ] && [ -x /usr/bin/gpgv ]; then
	export GNUPGHOME=$T/gnupg
	mkdir -m 700 "$GNUPGHOME"
	if /usr/bin/gpg --batch --quiet --passphrase '' --quick-generate-key 'Ann <ann@lab>' ed25519 sign never 2>/dev/null && /usr/bin/gpg --batch --quiet --passphrase '' --quick-generate-key 'Eve <eve@lab>' ed25519 sign never 2>/dev/null; then
		/usr/bin/gpg --batch --export ann@lab >"$T/ann.gpg" && /usr/bin/gpg --batch --export eve@lab >"$T/eve.gpg"
		status 0 spoor bundle -q --sign gpg:ann@lab -o "$T/gpg" <"$T/records"
		status 0 spoor verify --signers "$T/ann.gpg" "$T/gpg"
		grep -q 'signed by .*Ann <ann@lab>' "$T/err" || fail "who signed with GPG is not told"
		status 1 spoor verify --signers "$T/eve.gpg" "$T/gpg"
		grep -q 'is by another key' "$T/err" || fail "another GPG key is not told"
		(cd "$T/gpg" && sed -i '1s/"uid":[0-9]*/"uid":4711/' custody.log && rechain)
		status 1 spoor verify --signers "$T/ann.gpg" "$T/gpg"
		grep -q 'does not fit custody.log' "$T/err" || fail "a log chained anew under a GPG signature is not told"
		status 4 spoor bundle -q --sign gpg:nobody@lab -o "$T/nobody" <"$T/records"
		gpgconf --kill gpg-agent 2>/dev/null
	else
		echo "skipped: gpg makes no keys here"
	fi
else
	echo "skipped: gpg or gpgv is not there"
fi
[ ! -e "$T/ran" ] || fail "a program was looked up on the PATH"
finish
