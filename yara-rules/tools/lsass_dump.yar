// Ways to dump LSASS: with a library of Windows, with a debugging tool, and with tools
// made for it.

rule SPOOR_TOOL_LSASS_DUMP_COMMAND
{
    meta:
        author = "spoor project"
        description = "Finds commands that dump the memory of LSASS"
        reference = "Microsoft, \"Detecting and preventing LSASS credential dumping attacks\", 2022-10"
        reference2 = "MITRE ATT&CK T1003.001"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "LSASS dump helpers"
        actors = "many"
        attack = "T1003.001,T1218.011"
        severity = "medium"
        carriers = "script,text,evtx"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_LSASS_DUMP_COMMAND"
        fp = "support notes"

    strings:
        $com1 = "comsvcs.dll, Mi\x6EiDump" ascii wide nocase
        $com2 = "comsvcs.dll,Mi\x6EiDump" ascii wide nocase
        $com3 = "comsvcs.d\x6Cl, #24" ascii wide nocase
        $com4 = "comsvcs.dll Mi\x6EiDump" ascii wide nocase
        $proc1 = "-ma ls\x61ss" ascii wide nocase
        $proc2 = "procd\x75mp" ascii wide nocase
        $file = "lsass.\x64mp" ascii wide nocase
        $full = " fu\x6Cl" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 64MB and
        ((any of ($com*) and any of ($full, $file)) or ($proc1 and any of ($proc2, $file)))
}

rule SPOOR_TOOL_LSASS_DUMP_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds nanodump, HandleKatz and Dumpert programs"
        reference = "fortra/nanodump (source)"
        reference2 = "outflanknl/Dumpert (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "LSASS dump helpers"
        actors = "many"
        attack = "T1003.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_LSASS_DUMP_PROGRAM"
        fp = "authorised tests"

    strings:
        $name1 = "nanodump" ascii nocase
        $name2 = "HandleKatz" ascii wide
        $name3 = "Dumpert" ascii wide
        $lsass = "lsass" ascii wide
        $seclogon = "seclogon" ascii wide
        $dump = ".dmp" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        any of ($name*) and $lsass and any of ($seclogon, $dump)
}
