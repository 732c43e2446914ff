// POWERSTATS (Powermud): PowerShell backdoor of 2017-2019, its scriptlet and INF
// droppers. One byte of each text marker is written as \x.. so that this file does not
// match itself.

rule SPOOR_APT_POWERSTATS_INF
{
    meta:
        author = "spoor project"
        description = "Finds the CMSTP installer file that starts POWERSTATS"
        reference = "Unit 42, \"Muddying the Water: Targeted Attacks in the Middle East\", 2017"
        reference2 = "FireEye, \"Iranian Threat Group Updates Tactics, Techniques and Procedures\", 2018"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "POWERSTATS"
        actors = "MuddyWater"
        attack = "S0223,T1218.003"
        severity = "high"
        carriers = "text,script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_POWERSTATS_INF"

    strings:
        $section = "[DefenderSer\x76ice]" ascii wide nocase
        $unregister = "UnRegisterOCXs=Event\x4Danager" ascii wide nocase

    condition:
        filesize < 256KB and uint8(0) != 0x3C and
        all of them
}

rule SPOOR_APT_POWERSTATS_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the file, value and encoded texts of the POWERSTATS scripts"
        reference = "Unit 42, \"Muddying the Water: Targeted Attacks in the Middle East\", 2017"
        reference2 = "FireEye, \"Iranian Threat Group Updates Tactics, Techniques and Procedures\", 2018"
        reference3 = "Trend Micro, report on new MuddyWater activities and POWERSTATS v3, 2019"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "POWERSTATS"
        actors = "MuddyWater"
        attack = "S0223,T1059.001,T1547.001"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_POWERSTATS_SCRIPT"

    strings:
        // confirmed texts; the last is the start of a call as it looks under one layer of base64
        $run_value = "CurrentVersion\\Run\\SystemText\x45ncoding" ascii wide nocase
        $vbe = "Windows\\temp\\Windows.\x76be" ascii wide nocase
        $inner = "aWV4KFtTeXN0ZW0uVGV4dC5FbmNvZGluZ106OlVuaWNvZGUuR2V0U3RyaW5\x6E" ascii wide
        // companions
        $sct = "ProgramData\\Defender.\x73ct" ascii wide nocase
        $inf = "ProgramData\\DefenderService.\x69nf" ascii wide nocase
        $ini = "ProgramData\\WindowsDefenderService.\x69ni" ascii wide nocase
        $tasklist = "get_task\x6Cist" ascii wide fullword

    condition:
        filesize < 4MB and uint8(0) != 0x3C and uint16(0) != 0x5A4D and
        (2 of ($run_value, $vbe, $inner) or
         (any of ($run_value, $vbe, $inner) and any of ($sct, $inf, $ini, $tasklist)))
}
