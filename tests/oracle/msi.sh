#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An installer package that wixl makes: names of its streams as msiinfo gives them, and the file in its cabinet.
. tests/cli/lib.bash
for tool in wixl msiinfo; do
	command -v "$tool" >/dev/null || { echo "skip: $tool (wixl, msitools) is not installed"; exit 0; }
done
printf 'what the package installs\n' >"$T/payload.txt"
cat >"$T/p.wxs" <<-'X'
	<?xml version="1.0"?>
	<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi"><Product Id="*" UpgradeCode="11111111-2222-3333-4444-555555555555" Name="Example" Version="1.0.0" Manufacturer="Example" Language="1033">
	<Package InstallerVersion="200" Compressed="yes"/><Media Id="1" Cabinet="a.cab" EmbedCab="yes"/>
	<Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="D" Name="d"><Component Id="C" Guid="22222222-2222-3333-4444-555555555555"><File Id="F" Source="payload.txt"/></Component></Directory></Directory>
	<Feature Id="A" Level="1"><ComponentRef Id="C"/></Feature></Product></Wix>
X
(cd "$T" && wixl -o p.msi p.wxs) >"$T/wixl" 2>&1 || { cat "$T/wixl"; fail "wixl"; exit 1; }
status 0 "$SPOOR" walk -q --hash sha256 "$T/p.msi"
jq -r 'select(.type=="node" and .kind=="member" and (.locator | test("::ole:#[0-9]+$"))) | .name' "$T/out" | sort >"$T/ours"
msiinfo streams "$T/p.msi" | sort >"$T/theirs"
[ -s "$T/theirs" ] || fail "msiinfo gives no streams"
lacking=$(comm -13 "$T/ours" "$T/theirs" | grep -v SummaryInformation)
[ -z "$lacking" ] || fail "streams that msiinfo names and we do not: $lacking; ours: $(tr '\n' ' ' <"$T/ours")"
# tables without rows have no stream
for table in File Property Media _StringPool; do grep -qx "!$table" "$T/ours" || fail "no table $table: $(tr '\n' ' ' <"$T/ours")"; done
jq -r 'select(.type=="node") | .sha256 // empty' "$T/out" | grep -qx "$(sha256sum <"$T/payload.txt" | cut -d ' ' -f 1)" || fail "the file in the cabinet is not there: $(jq -r 'select(.type!="start") | .locator // .message' "$T/out")"
exit $bad
