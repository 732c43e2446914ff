#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scan: what rules see of content (layers, borders of pieces, externals), and lists of indicators.
. tests/cli/lib.bash
hits() { jq -r 'select(.type == "hit") | '"$1" "$T/out"; }
mkdir "$T/in" "$T/r"
cat >"$T/r/a.yar" <<'END'
rule needle { strings: $a = "The needle that is looked for" condition: $a }
rule outside { condition: filename == "Plain.TXT" and extension == ".txt" and filepath contains "Plain" and md5 == "00d6dbff99a434447d02fabe7c2e5b3c" }
END
printf 'rule broken { condition: nonsense }\n' >"$T/r/b.yar"

# a layer in a layer, with where it lies
needle='The needle that is looked for lies here.'
encoded=$(printf %s "$needle" | iconv -f UTF-8 -t UTF-16LE | base64 -w 0)
printf 'powershell -enc %s\n' "$encoded" >"$T/in/run.ps1"
status 1 "$SPOOR" scan -q -r "$T/r" "$T/in"
[ "$(hits .rule)" = needle ] || fail "no hit in what is encoded"
[ "$(hits '.offset + " " + .length + " " + .matches[0].layer')" = "16 ${#encoded} base64@0x10/utf16@0x0" ] || fail "the layer's place: $(hits .)"
hits .why | grep -q '^in base64@0x10/utf16@0x0: ' || fail "the layer is not named"
# a rule that does not compile is told, and only that one
[ "$(jq -r 'select(.kind == "rule.compile") | .message' "$T/out" | grep -c 'b.yar did not compile: line 1')" = 1 ] || fail "the broken rule is not told"
rm "$T/in/run.ps1" "$T/r/b.yar"

# externals
printf 'some words\n' >"$T/in/Plain.TXT"
sed -i "s/00d6dbff99a434447d02fabe7c2e5b3c/$(md5sum <"$T/in/Plain.TXT" | cut -c1-32)/" "$T/r/a.yar"
status 0 "$SPOOR" scan -q -r "$T/r" "$T/in"
[ "$(hits .rule)" = outside ] || fail "externals"
[ "$(jq -r 'select(.type == "node") | .md5 // empty' "$T/out")" = "" ] || fail "a digest that nobody asked for is told"

# a match in a file of a folder, which lies on no media
printf '%s\n' "$needle" >"$T/in/plain.bin"
status 0 "$SPOOR" scan -q -r "$T/r" "$T/in"
[ "$(hits 'select(.name == "plain.bin") | .rule + " " + .matches[0].offset + " " + (.matches[0] | has("media_offset") | tostring)')" = "needle 0 false" ] || fail "a match in a folder: $(hits .)"
rm "$T/in/plain.bin"

# content in pieces: a text across any border is found
truncate -s 140M "$T/in/large.bin"
for mib in $(seq 60 139); do
	printf 'The needle that is looked for' | dd of="$T/in/large.bin" bs=1 seek=$((mib * 1048576 - 10)) conv=notrunc status=none
done
status 0 "$SPOOR" scan -q -r "$T/r" "$T/in/large.bin"
[ "$(hits '.why' | grep -o '([0-9]* times)' | tr -d '(a-z)' | awk '{ n += $1 } END { print (n >= 80) }')" = 1 ] || fail "a text across a border: $(hits .why)"
rm "$T/in/large.bin"

# indicators in lists, met in content, names and mail
printf 'value,type,description\n%s,sha256,known bad\nloader.exe,filename,its name\nbad.example.test,domain,its server\nnonsense here,,\n' "$(sha256sum <"$T/in/Plain.TXT" | cut -c1-64)" >"$T/list.csv"
printf 'x' >"$T/in/Loader.EXE"
printf 'From: a@example.test\nTo: b@example.test\nSubject: s\nDate: Thu, 02 Mar 2023 10:00:00 +0000\nMessage-ID: <1@example.test>\nContent-Type: text/plain\n\nsee http://cdn.bad.example.test/x now\n' >"$T/in/m.eml"
status 1 "$SPOOR" scan -q -r "$T/r" --ioc "$T/list.csv" "$T/in"
hits 'select(.method == "ioc") | .rule + " " + .name + " " + (.matches[0].line | tostring)' | sort >"$T/got"
printf 'IOC_HASH Plain.TXT 2\nIOC_NAME Loader.EXE 3\n' | diff - "$T/got" || fail "indicators in content and names"
hits 'select(.method == "ioc") | .why' | grep -q 'is in the list list.csv, line 2: known bad' || fail "the list is not named"
jq -r 'select(.kind == "ioc.list") | .message' "$T/out" | grep -q 'list.csv: line 5' || fail "the line that is no indicator is not told"
"$SPOOR" triage -q -r "$T/r" --ioc "$T/list.csv" -o "$T/case" "$T/in" || [ $? = 1 ] || fail "triage"
jq -r 'select(.method == "ioc") | .rule' "$T/case/data/findings.jsonl" | sort -u | tr '\n' ' ' | grep -q 'IOC_HASH IOC_NAME IOC_NETWORK' || fail "indicators in mail: $(jq -r 'select(.method == "ioc") | .why' "$T/case/data/findings.jsonl")"
# hits in words
printf 'rule told { meta: description = "Finds it" author = "an author" family = "A family" attack = "T1059" license = "a licence" reference = "a place" strings: $w = "Words" wide condition: $w }\n' >"$T/told.yar"
printf 'W\0o\0r\0d\0s\0' >"$T/in/wide.bin"
status 0 "$SPOOR" scan -q --explain -r "$T/told.yar" "$T/in/wide.bin"
for said in 'told: score 50, low' 'rule says  Finds it' 'family     A family' 'ATT&CK     T1059' 'author     an author' 'licence    a licence' 'reference  a place' '= "Words"' 'check next '; do
	grep -qF -- "$said" "$T/err" || fail "not explained: $said"
done
[ "$(hits .rule)" = told ] || fail "records beside the explanation"
status 2 "$SPOOR" scan -q --ioc "$T/none.csv" "$T/in"
finish
