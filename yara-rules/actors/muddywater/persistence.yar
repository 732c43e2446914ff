// RustyWater (BlackBeard, RUSTRIC) seen from outside: the file type and the files that
// start it, in scripts, exports of the registry and notes of a responder.

rule SPOOR_APT_MUDDYWATER_STARTUP_TEXT
{
    meta:
        author = "spoor project"
        description = "Finds commands that register the file types or files by which RustyWater starts"
        reference = "Israel National Cyber Directorate, report on BlackBeard, 2025-12"
        reference2 = "CloudSEK, report on RustyWater, 2026-01"
        reference3 = "MITRE ATT&CK S9037"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "RustyWater"
        actors = "MuddyWater"
        attack = "S9037,T1546.001,T1547.001"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_STARTUP_TEXT"

    strings:
        $type1 = "Software\\Clas\x73es\\.wdlp" ascii wide nocase
        $type2 = "Software\\Clas\x73es\\.klp1" ascii wide nocase
        $file1 = "Oregon.\x77dlp" ascii wide nocase
        $file2 = "\\ProgramData\\WebDeep\x50layer.scr" ascii wide nocase
        $file3 = "\\ProgramData\\Certifica\x74ionKit.ini" ascii wide nocase
        $host1 = "nomercys.\x69t.com" ascii wide
        $host2 = "stratioa\x69.org" ascii wide

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 2MB and
        2 of them
}
