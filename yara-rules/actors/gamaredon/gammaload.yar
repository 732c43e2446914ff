// GammaLoad, GammaSteel, GammaDrop: scripts that keep their code in values of the
// console settings and look their server up in a channel.

rule SPOOR_APT_GAMMALOAD_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the console registry values and patterns of GammaLoad and GammaSteel"
        reference = "Symantec, \"Shuckworm Targets Foreign Military Mission Based in Ukraine\", 2025-04"
        reference2 = "HarfangLab, TRR260501, 2026-05"
        reference3 = "CERT-UA, reports on UAC-0010"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "GammaLoad/GammaSteel"
        actors = "Gamaredon"
        attack = "T1027.011,T1059.005,T1102.001"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GAMMALOAD_SCRIPT"

    strings:
        $value1 = "\\Console\\Windows\x55pdates" ascii wide nocase
        $value2 = "\\Console\\Windows\x52esponby" ascii wide nocase
        $value3 = "\\Console\\Window\x73Detect" ascii wide nocase
        $pattern = "==([0-\x39\\@]+)==" ascii wide
        $telegram = "t.m\x65/s/" ascii wide nocase
        $check = "check-hos\x74.net" ascii wide nocase
        $dim = "=\"ZGlt\x49G" ascii wide

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 4MB and
        (2 of ($value*) or (any of ($value*) and any of ($pattern, $telegram, $check, $dim)) or ($pattern and any of ($telegram, $check)))
}

rule SPOOR_APT_GAMMALOAD_LINK
{
    meta:
        author = "spoor project"
        description = "Finds shell links made on the machine of the 2025-2026 GammaDrop campaign"
        reference = "HarfangLab, TRR260501, 2026-05"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "GammaLoad/GammaSteel"
        actors = "Gamaredon"
        attack = "T1204.002"
        severity = "high"
        carriers = "lnk"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GAMMALOAD_LINK"

    strings:
        $machine = "desktop-fa\x72l139" ascii nocase

    condition:
        filesize < 4MB and
        uint32(0) == 0x0000004C and uint32(4) == 0x00021401 and
        $machine
}
