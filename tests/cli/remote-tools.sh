#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# MuddyWater's way in, from end to end: mail -> archive -> installer -> remote tool -> service, told in one finding, whoever reads it: triage with one worker or four, or
# the modules in a pipe.
. tests/cli/lib.bash
make -C "$BUILD" -s tests/cli/remote_tools_hives >"$T/make" 2>&1 || { tail -n 5 "$T/make"; fail "tests/cli/remote_tools_hives"; exit 1; }
tests/rules/make-specimens "$T/specimens" >"$T/make" 2>&1 || { tail -n 5 "$T/make"; fail "specimens"; exit 1; }
msi=$(awk -F'\t' '$3=="SPOOR_RMM_ATERA_MSI" && $2!="near" {print $1; exit}' "$T/specimens/specimens.tsv")
# a real package, with a property table that names the account, where there is a program that makes one
package=$T/specimens/$msi
if command -v wixl >/dev/null; then
	printf 'x' >"$T/agent.txt"
	cat >"$T/salary.wxs" <<-'XML'
	<?xml version="1.0" encoding="utf-8"?>
	<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi"><Product Id="E732A0D7-A2F2-4657-AC41-B19742648E45" Name="AteraAgent" Language="1033" Version="1.8.7.2" Manufacturer="Atera networks" UpgradeCode="A09D8A06-16F5-4F09-9E74-8B0B4F0A1B11">
	<Package InstallerVersion="200" Compressed="yes" InstallScope="perMachine"/><Media Id="1" Cabinet="a.cab" EmbedCab="yes"/>
	<Property Id="INTEGRATORLOGIN" Value="owner@proton.me"/><Property Id="COMPANYID" Value="7"/><Property Id="ACCOUNTID" Value="0013z00002abcdeAAA"/>
	<Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder"><Directory Id="INSTALLDIR" Name="ATERA Networks"><Component Id="Main" Guid="7D9B5E9B-31B4-4B53-9C5B-6F43B1B6E0A1"><File Id="f" Source="agent.txt"/></Component></Directory></Directory></Directory>
	<Feature Id="All" Level="1"><ComponentRef Id="Main"/></Feature></Product></Wix>
	XML
	(cd "$T" && wixl -o salary.msi salary.wxs) >"$T/make" 2>&1 || fail "wixl: $(tail -n 2 "$T/make")"
	package=$T/salary.msi
else
	echo "skip: wixl is not installed, whose account a package names is not checked"
fi
tree=$T/tree
mkdir -p "$tree/Windows/System32/config" "$tree/Program Files/ATERA Networks/AteraAgent" "$tree/Users/ann/Downloads"
"$BUILD/tests/cli/remote_tools_hives" "$tree/Windows/System32/config/SYSTEM" "$tree/Windows/System32/config/SOFTWARE" || fail "hives"
printf 'MZ' >"$tree/Program Files/ATERA Networks/AteraAgent/AteraAgent.exe"
cp "$package" "$tree/Users/ann/Downloads/salary.msi" || fail "no specimen of an installer"
(cd "$tree/Users/ann/Downloads" && TZ=UTC touch -d 2024-03-05T10:00:00Z salary.msi && zip -q -X "$T/salary.zip" salary.msi)
{
	printf 'From: Payroll <salary@partner.example>\r\nTo: ann@victim.example\r\nSubject: Pay slip\r\nDate: Tue, 5 Mar 2024 10:11:13 +0000\r\nMessage-ID: <1@partner.example>\r\nMIME-Version: 1.0\r\n'
	printf 'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee attached.\r\n--b\r\nContent-Type: application/zip; name=salary.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n'
	base64 "$T/salary.zip"
	printf -- '--b--\r\n'
} >"$T/mail.eml"
find "$tree" -exec touch -d 2024-03-05T10:20:01Z {} +
mkfs.fat -C -F 16 -i 00001101 "$T/disk.img" 16384 >/dev/null && MTOOLS_SKIP_CHECK=1 TZ=UTC mcopy -s -Q -m -i "$T/disk.img" "$tree"/* ::/ || fail "image"
set -- "$T/disk.img" "$T/mail.eml"
for workers in 1 4; do
	"$SPOOR" triage -q --workers $workers -o "$T/case$workers" "$@" || [ $? = 1 ] || fail "triage"
done
cmp "$T/case1/data/findings.jsonl" "$T/case4/data/findings.jsonl" || fail "one worker and four differ"
found=$(jq -c 'select(.rule|startswith("REMOTE_TOOL_ATERA"))' "$T/case1/data/findings.jsonl")
[ "$(printf '%s\n' "$found" | wc -l)" = 1 ] || fail "not one finding: $found"
holds() { printf '%s' "$found" | jq -e "$1" >/dev/null || fail "does not hold: $1 in $found"; }
holds '.rule == "REMOTE_TOOL_ATERA_AGENT"'
holds '.score == 85'
holds '.data.mail | length == 1 and (.[0] | endswith("mail.eml::attach:2::zip:/salary.msi"))'
holds '.data.tenant | index("IntegratorLogin=helpdesk@gmail.com")'
[ "$package" != "$T/salary.msi" ] || holds '.data.tenant | index("IntegratorLogin=owner@proton.me") and index("CompanyId=7")'
holds '.data.runs_as == ["LocalSystem"]'
holds '.data.profiles == ["ann"]'
holds '.data.first | startswith("2024-03-05T")'
holds '[.matches[].id] | (index("service") and index("package") and index("settings") and index("file") and index("folder") and index("content") and index("installer"))'
printf '%s' "$found" | jq -r '.matches[].locator' | sort -u | while read -r l; do "$SPOOR" cat "$l" >/dev/null 2>&1 || echo "does not open: $l"; done >"$T/shut"
[ ! -s "$T/shut" ] || fail "$(cat "$T/shut")"
status 10 "$SPOOR" triage -q --exit-findings 85 -o "$T/asked" "$@"
grep -q REMOTE_TOOL_ATERA_AGENT "$T/case1/data/report.html" || fail "not in the report"
# the modules in a pipe give the same findings
"$SPOOR" mount "$@" 2>/dev/null | "$SPOOR" walk 2>/dev/null | "$SPOOR" extract -o "$T/store" 2>/dev/null | "$SPOOR" parse 2>/dev/null | "$SPOOR" scan 2>/dev/null | "$SPOOR" bundle -q -o "$T/chain" || [ $? = 1 ] || fail "chain"
cmp <(LC_ALL=C sort "$T/case1/data/findings.jsonl") <(LC_ALL=C sort "$T/chain/data/findings.jsonl") || fail "triage and the chain differ"
finish
