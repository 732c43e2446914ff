// Veaty and Spearal: backdoors and an IIS module of 2024.

rule SPOOR_APT_SPEARAL_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the names, lures and host of Veaty and Spearal"
        reference = "Check Point Research, \"Targeted Iranian Attacks Against Iraqi Government Infrastructure\", 2024-09"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Veaty/Spearal"
        actors = "OilRig"
        attack = "T1071.003,T1071.004,T1505.004"
        severity = "high"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SPEARAL_BACKDOOR"

    strings:
        $name = "spearal" ascii nocase
        $module = "CacheHttp.dll" ascii wide
        $lure1 = "Avamer.pdf.exe" ascii wide
        $lure2 = "Protocol.pdf.exe" ascii wide
        $host = "iqwebservice.com" ascii wide
        $msi = "ncms_demo.msi" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        2 of them
}
