#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Chain and triage say the same; two runs and any number of workers give the same bytes.
. tests/cli/lib.bash
fixtures demo
set -- "$F"/demo/*.E01 "$F"/demo/*.mbox
for profile in "" windows; do
	p=${profile:+--profile $profile}
	rm -rf "$T/one" "$T/two" "$T/store"
	"$SPOOR" triage -q --workers 1 $p -o "$T/one" "$@" || [ $? = 1 ] || fail "triage with one worker"
	"$SPOOR" triage -q --workers 4 $p -o "$T/two" "$@" || [ $? = 1 ] || fail "triage with four workers"
	difference=$(diff -rq "$T/one" "$T/two" | grep -v 'custody.log')
	[ -z "$difference" ] || fail "bundles differ: $difference"
	"$SPOOR" mount "$@" 2>/dev/null | "$SPOOR" walk 2>/dev/null | "$SPOOR" extract $p -o "$T/store" 2>/dev/null | "$SPOOR" parse 2>/dev/null | "$SPOOR" scan 2>/dev/null >"$T/chain"
	zstd -qdc "$T/one/data/records.jsonl.zst" | kinds >"$T/triage.sorted"
	kinds "$T/chain" >"$T/chain.sorted"
	[ -s "$T/chain.sorted" ] || fail "the chain gave nothing"
	cmp -s "$T/chain.sorted" "$T/triage.sorted" || { fail "chain and triage differ (profile '$profile')"; diff "$T/chain.sorted" "$T/triage.sorted" | cut -c1-400 | head -n 10; }
	# what several records together tell is the same, too, whatever order they come in
	rm -rf "$T/bundled"
	"$SPOOR" bundle -q -o "$T/bundled" <"$T/chain" || [ $? = 1 ] || fail "bundle of the chain"
	[ "$(LC_ALL=C sort "$T/one/data/findings.jsonl")" = "$(LC_ALL=C sort "$T/bundled/data/findings.jsonl")" ] || fail "findings of the chain and of triage differ (profile '$profile')"
	(cd "$T/one" && sha256sum -c --quiet manifest-sha256.txt && sha256sum -c --quiet tagmanifest-sha256.txt) || fail "manifests"
	status 0 "$SPOOR" verify "$T/one"
done
# what a message says of its attachments opens
attachments=$("$SPOOR" parse -q "$@" 2>/dev/null | jq -r '.attachments[]?.locator')
[ -n "$attachments" ] || fail "no message has an attachment"
for l in $attachments; do
	[ "$("$SPOOR" cat "$l" 2>/dev/null | wc -c)" -gt 0 ] || fail "the attachment $l does not open"
done
"$SPOOR" timeline -q --format timesketch-csv <"$T/chain" >"$T/t.csv" || [ $? = 1 ] || fail "timeline of the chain"
head -n 1 "$T/t.csv" | grep -q 'datetime' || fail "no header in the Timesketch CSV"
printf x >>"$T/one/data/findings.jsonl"
status 1 "$SPOOR" verify "$T/one"
finish
