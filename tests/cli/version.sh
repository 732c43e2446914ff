#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# spoor version: every library that the worker links is named with its version, the sandbox is what selftest finds, the rules are those that a run uses.
. tests/cli/lib.bash
fixtures demo
status 0 "$SPOOR" version
cp "$T/out" "$T/version"
status 0 "$SPOOR" --version
[ "$(cat "$T/out")" = "$(head -n 1 "$T/version")" ] || fail "--version says $(cat "$T/out")"
while read -r file name; do
	ldd "$BUILD/spoor-worker" | grep -q "$file" || fail "the worker does not link $file: this test is out of date"
	grep -q "^  $name  *[0-9O]" <(sed -n '/^worker/,/^sandbox/p' "$T/version") || fail "$name has no version"
done <<'LIST'
libtsk libtsk
libyara libyara
libarchive libarchive
libdeflate libdeflate
libz. zlib
libcrypto openssl
libseccomp libseccomp
libc.so glibc
LIST
[ "$(sed -n 's/^sandbox *//p' "$T/version")" = "$("$SPOOR" selftest | sed -n 's/^sandbox *//p')" ] || fail "the sandbox is another one than selftest's"
"$SPOOR" triage -q -o "$T/case" "$F/demo/ann.mbox" || fail "triage"
want=$(jq -r 'select(.action == "examine") | .details.rule_sets[0]' "$T/case/custody.log")
got=$(sed -n 's/^rules *//p' "$T/version")
[ "$want" = "$got" ] || fail "rules: '$got', and a run says '$want'"
cp -r yara-rules "$T/rules"
status 0 "$SPOOR" version -r "$T/rules"
[ "$(sed -n 's/^rules *//p' "$T/out")" = "$got" ] || fail "a copy of the rules has another hash"
printf 'rule broken { condition: nothing_of_the_kind }\n' >"$T/rules/broken.yar"
status 1 "$SPOOR" version -r "$T/rules"
grep -q broken.yar "$T/out" || fail "a rule that does not compile is not named"
[ "$(sed -n 's/^rules *//p' "$T/out")" != "$got" ] || fail "another rule and the same hash"
finish
