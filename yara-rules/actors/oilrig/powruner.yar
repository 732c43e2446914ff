// POWRUNER and BONDUPDATER (Glimpse): PowerShell backdoors of 2017 started by a task
// that imitates an updater.

rule SPOOR_APT_POWRUNER_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the script names of POWRUNER and BONDUPDATER"
        reference = "FireEye, \"New Targeted Attack in the Middle East by APT34\", 2017-12"
        reference2 = "MITRE ATT&CK S0184"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "POWRUNER/BONDUPDATER"
        actors = "OilRig"
        attack = "S0184,T1053.005,T1071.004"
        severity = "critical"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_POWRUNER_SCRIPT"

    strings:
        $file1 = "dUpdateCheck\x65rs.ps1" ascii wide nocase
        $file2 = "hUpdateCheck\x65rs.ps1" ascii wide nocase
        $file3 = "cUpdateCheck\x65rs.bat" ascii wide nocase
        $file4 = "GoogleUpdatesch\x65cker.vbs" ascii wide nocase
        $file5 = "dns_mai\x6E.ps1" ascii wide nocase
        $folder = "\\Windows\\Micros\x6Fft\\java\\" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 2MB and
        (2 of ($file*) or ($folder and any of ($file*)))
}
