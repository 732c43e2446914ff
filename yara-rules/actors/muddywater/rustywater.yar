// RustyWater (RUSTRIC, BlackBeard): Rust implant of 2025-2026 that macros drop as an .ini
// file. The libraries that it is built from are ordinary.

rule SPOOR_APT_RUSTYWATER_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the key text, drop files and file class of RustyWater"
        reference = "CloudSEK, report on RustyWater, 2026-01"
        reference2 = "Israel National Cyber Directorate, report on BlackBeard, 2025-12"
        reference3 = "Unit 42, report on Boggy Serpens, 2026-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "RustyWater"
        actors = "MuddyWater"
        attack = "S9037,T1547.001,T1546.001"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_RUSTYWATER_IMPLANT"

    strings:
        $key = "kqdkc83pe81zmq709c4npejvto9eg20e" ascii wide
        $file1 = "CertificationKit.ini" ascii wide
        $file2 = "WebDeepPlayer.scr" ascii wide
        $file3 = "Oregon.wdlp" ascii wide
        $class1 = "Software\\Classes\\.wdlp" ascii wide
        $class2 = "Software\\Classes\\.klp1" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        ($key or (any of ($class*) and any of ($file*)) or 2 of ($file*))
}
