/* SPDX-License-Identifier: Apache-2.0
 * Rules for oracle/yara.sh: of each form of condition that yara_need.c reads, one that matches on programs of any kind. */
import "pe"
rule imp1 { condition: pe.imports("kernel32.dll","CreateFileW") }
rule imp2 { condition: pe.imports("KERNEL32.dll") }
rule imp3 { condition: pe.imports(/advapi/i,/Reg/) > 0 }
rule exp1 { condition: pe.exports("DllMain") or pe.exports("DllRegisterServer") }
rule sec1 { condition: pe.section_index(".rdata") > 0 }
rule sec2 { condition: for any s in pe.sections : ( s.name == ".rsrc" ) }
rule sec3 { condition: for any i in (0..pe.number_of_sections - 1) : ( pe.sections[i].name == ".reloc" and pe.sections[i].raw_data_size > 0x100 ) }
rule ver { condition: for any i in (0..1) : ( pe.version_info["CompanyName"] contains "Microsoft" ) }
rule sig { condition: pe.number_of_signatures > 0 or for any i in (0..0) : (pe.signatures[i].serial == "aa") }
rule notimp { condition: pe.is_pe and not pe.imports("user32.dll") }
rule str1 { strings: $a = "Wine builtin DLL" $b = { 4D 5A [2-4] 90 } $c = /Reg(Open|Close)Key[A-Z]{1,3}/ $d = "ntdll" wide ascii nocase condition: uint16(0) == 0x5a4d and 2 of them }
rule str2 { strings: $a = "This program" xor(1-255) $b = "mode" base64 condition: any of them }
rule fors { strings: $a = "KERNEL32" nocase $b = "msvcrt" nocase condition: for any of them : ( # > 1 ) or ($a in (0..filesize) and @b[1] > 100) }
rule no { strings: $x = "zzzqqqxxx" condition: not $x and filesize < 20KB }
rule imph { condition: pe.imphash() == "0123456789abcdef0123456789abcdef" }
rule dir1 { condition: pe.number_of_resources > 0 and pe.version_info["ProductName"] matches /./ }
rule of1 { strings: $a1 = "GetProc" $a2 = "LoadLib" $b = "zzqqxxy" condition: any of ($a*) and not $b }
rule of2 { strings: $a = "GetProcAddress" fullword $b = /Load(Library|Resource)[AW]?/ $c = { 4c 6f 61 64 ( 4c | 52 ) } condition: 2 of them or #a > 3 }
rule named { condition: imp2 and of1 and not no }
private rule hidden { strings: $a = "RegisterServer" condition: $a }
rule uses_hidden { condition: hidden and filesize > 4KB }
rule at1 { strings: $a = "MZ" $b = { 7f 45 4c 46 } condition: $a at 0 or $b at 0 }
rule bytes1 { condition: uint32be(0) == 0x7f454c46 and uint8(4) == 2 }
rule size1 { condition: filesize > 10KB and filesize < 0x20000 }
rule wide1 { strings: $a = "CompanyName" wide $b = "libc.so" condition: $a or ($b and #b >= 1) }
