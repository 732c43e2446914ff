/* SPDX-License-Identifier: Apache-2.0 */
/* Ten plain rules for the benchmark, without modules: three strings each, one of them with a wildcard, a third of them caseless. They
   stand for a small rule set and look for nothing in particular. */
rule plain_0 { strings: $a = "invoice payment" ascii wide $b = { 4d 5a 90 ?? 03 00 00 00 } $c = "URLDownloadToFile" condition: any of them }
rule plain_1 { strings: $a = "powershell -enc" ascii wide nocase $b = { 25 50 44 46 2d 31 2e ?? } $c = "schtasks /create" condition: any of them }
rule plain_2 { strings: $a = "VirtualAllocEx" ascii wide $b = { 50 4b 03 04 14 ?? 00 00 } $c = "CreateRemoteThread" condition: any of them }
rule plain_3 { strings: $a = "cmd.exe /c" ascii wide $b = { 7f 45 4c 46 02 01 ?? 00 } $c = "mimikatz" nocase condition: any of them }
rule plain_4 { strings: $a = "WScript.Shell" ascii wide nocase $b = { d0 cf 11 e0 a1 b1 ?? e1 } $c = "ADODB.Stream" condition: any of them }
rule plain_5 { strings: $a = "reg add hklm" ascii wide $b = { ff d8 ff e0 ?? 10 4a 46 } $c = "CurrentVersion\\Run" condition: any of them }
rule plain_6 { strings: $a = "wevtutil cl" ascii wide $b = { 89 50 4e 47 0d ?? 1a 0a } $c = "vssadmin delete" nocase condition: any of them }
rule plain_7 { strings: $a = "FromBase64String" ascii wide nocase $b = { 52 61 72 21 1a ?? 00 } $c = "DownloadString(" condition: any of them }
rule plain_8 { strings: $a = "lsass.dmp" ascii wide $b = { 37 7a bc af 27 ?? 00 04 } $c = "MiniDumpWriteDump" condition: any of them }
rule plain_9 { strings: $a = "net user /add" ascii wide $b = { 4c 00 00 00 01 14 02 ?? } $c = "psexesvc" nocase condition: any of them }
