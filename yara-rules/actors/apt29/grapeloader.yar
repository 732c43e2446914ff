// GRAPELOADER: loader of 2025 beside a renamed PowerPoint. The module names are those of
// Office.

rule SPOOR_APT_GRAPELOADER_PERSISTENCE
{
    meta:
        author = "spoor project"
        description = "Finds the run value, folder and modules of GRAPELOADER"
        reference = "Check Point Research, \"Renewed APT29 Phishing Campaign Against European Diplomats\", 2025-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "GRAPELOADER"
        actors = "APT29"
        attack = "T1547.001,T1574.001"
        severity = "high"
        carriers = "pe,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GRAPELOADER_PERSISTENCE"

    strings:
        $value = "CurrentVersion\\Ru\x6E\\POWERPNT" ascii wide nocase
        $value2 = "POWER\x50NT" ascii wide
        $run = "Software\\Microsoft\\Windows\\Cur\x72entVersion\\Run" ascii wide nocase
        $folder = "\\POWERPNT\\wi\x6Ee.exe" ascii wide nocase
        $module1 = "ppcore.\x64ll" ascii wide
        $module2 = "AppvIsvSubsyst\x65ms64.dll" ascii wide
        $archive = "wine.\x7Aip" ascii wide nocase

    condition:
        filesize < 32MB and
        uint8(0) != 0x3C and
        ($folder or ($value and any of ($module*, $archive)) or ($value2 and $run and $archive))
}
