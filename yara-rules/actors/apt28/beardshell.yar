// BeardShell: backdoor of 2025; names only are public, hence the score.

rule SPOOR_APT_BEARDSHELL_NAMES
{
    meta:
        author = "spoor project"
        description = "Finds the module name, class and cloud host of BeardShell in one program"
        reference = "CERT-UA, report on UAC-0001, 2025-06"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "BeardShell"
        actors = "APT28"
        attack = "T1546.015,T1102.002"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BEARDSHELL_NAMES"
        fp = "clients of the cloud store that run PowerShell"

    strings:
        $host = "api.icedrive.net" ascii wide
        $name = "tcpiphlpsvc.dll" ascii wide nocase
        $class = "2227A280-3AEA-1069-A2DE-08002B30309D" ascii wide nocase
        $shell = "powershell" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (($host and any of ($name, $class)) or ($name and $class) or ($host and $shell))
}
