#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Copies of a message in several stores: all are kept, with their places, and the bundle says that they are one; a Message-ID alone does not make two messages one.
. tests/cli/lib.bash
command -v sqlite3 >/dev/null || { echo "skip: sqlite3 is not installed"; exit 0; }
fixtures mail
mkdir -p "$T/case/Maildir/cur"
cp "$F/one.eml" "$F/one.emlx" "$T/case"
tr -d '\r' <"$F/one.eml" >"$T/case/Maildir/cur/1709632980.M333P2003.host:2,RS"
{ printf 'From bob@partner.example Tue Nov 14 22:20:20 2023\n'; cat "$T/case/Maildir/cur/"*; printf '\nFrom bob@partner.example Tue Nov 14 22:20:20 2023\n'; sed 's/One message in a file/Another text/' "$T/case/Maildir/cur/"*; } >"$T/case/box.mbox"
echo "rule never { condition: false }" >"$T/never.yar"
status 0 "$SPOOR" triage -q -r "$T/never.yar" -o "$T/bundle" "$T/case"
ask() { sqlite3 "$T/bundle/data/timeline.sqlite" "$1"; }
[ "$(ask 'SELECT count(*) FROM message')" = 5 ] || fail "messages: $(ask 'SELECT locator FROM message')"
[ "$(ask 'SELECT copies FROM v_mail_copies')" = 4 ] || fail "copies: $(ask 'SELECT copies, subject, locators FROM v_mail_copies')"
[ "$(ask 'SELECT locators FROM v_mail_copies' | wc -l)" = 4 ] || fail "places of the copies: $(ask 'SELECT locators FROM v_mail_copies')"
[ "$(ask 'SELECT contents, messages FROM v_mail_same_id')" = '2|5' ] || fail "one id, two contents: $(ask 'SELECT contents, messages FROM v_mail_same_id')"
grep -q 'copies taken as one, 2 are different' "$T/bundle/data/report.html" || fail "the report: $(grep -o 'Mail: .\{0,200\}' "$T/bundle/data/report.html")"
# the flags of each store are with its copy
[ "$(zstd -qdc "$T/bundle/data/messages.jsonl.zst" | jq -c 'select(.locator | test("Maildir|emlx")) | .flags' | sort | tr '\n' ' ')" = '["read","replied","flagged"] ["replied","read"] ' ] ||
	fail "flags: $(zstd -qdc "$T/bundle/data/messages.jsonl.zst" | jq -c '[.locator, .flags]')"
exit $bad
