// Meterpreter: remote shell of an open framework, as library, in memory, on Linux
// (mettle) and in Java.

rule SPOOR_TOOL_METERPRETER_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the library and order names of Meterpreter"
        reference = "rapid7/metasploit-payloads (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "Meterpreter"
        actors = "many"
        attack = "T1055.001,T1620"
        severity = "high"
        carriers = "pe,elf,memory,archive,any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_METERPRETER_DLL"
        fp = "authorised tests; memory of scanners that know the names"

    strings:
        $dll1 = "metsrv.\x64ll" ascii
        $dll2 = "metsrv.x6\x34.dll" ascii
        $loader = "Reflective\x4Coader" ascii
        $order1 = "stdap\x69_fs_" ascii
        $order2 = "ext_server_s\x74dapi" ascii
        $order3 = "core_channe\x6C_open" ascii
        $packet = "PACKET TRA\x4ESMIT" ascii
        $mettle1 = "/mettle/mett\x6Ce/src/" ascii
        $mettle2 = "mettlesp\x6Coit!" ascii
        $java1 = "com.metasploit.met\x65rpreter" ascii
        $java2 = "metasploit/P\x61yload" ascii
        $java3 = "metasplo\x69t.dat" ascii

    condition:
        filesize < 1024MB and
        uint8(0) != 0x3C and uint8(0) != 0x23 and
        (any of ($dll*) and any of ($loader, $order*, $packet) or 2 of ($order*) or all of ($mettle*) or ($java1 and any of ($java2, $java3)) or all of ($java2, $java3))
}

rule SPOOR_TOOL_METASPLOIT_SHELLCODE
{
    meta:
        author = "spoor project"
        description = "Finds the start of Metasploit shellcode in a small program"
        reference = "rapid7/metasploit-framework (source), block_api"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Meterpreter"
        actors = "many"
        attack = "T1055,T1027"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_METASPLOIT_SHELLCODE"
        fp = "authorised tests"

    strings:
        $x86 = { FC E8 82 00 00 00 60 89 E5 31 D2 64 8B 52 30 }
        $x86_new = { FC E8 8F 00 00 00 60 31 D2 }
        $x64 = { FC 48 83 E4 F0 E8 C0 00 00 00 41 51 41 50 }
        $x64_new = { FC 48 83 E4 F0 E8 CC 00 00 00 41 51 41 50 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 2MB and
        any of them
}
