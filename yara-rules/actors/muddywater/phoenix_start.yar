// Phoenix and MuddyViper seen from outside: how they start, in scripts and exports of
// the registry.

rule SPOOR_APT_MUDDYWATER_START_TEXT
{
    meta:
        author = "spoor project"
        description = "Finds commands that make Phoenix start with the user, or MuddyViper beside it"
        reference = "Group-IB, \"Unmasking MuddyWater's New Malware Toolkit Driving International Espionage\", 2025-10"
        reference2 = "ESET, \"MuddyWater: Snakes by the riverbank\", 2025-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Phoenix (MuddyWater)"
        actors = "MuddyWater"
        attack = "T1547.004,T1547.001,T1112"
        severity = "high"
        carriers = "script,text,registry"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_START_TEXT"

    strings:
        $shell = "Windows NT\\CurrentVers\x69on\\Winlogon" ascii wide nocase
        $phoenix = "\\ProgramData\\sysproc\x75pdate.exe" ascii wide nocase
        $folder = "\\PPBCompatCache\\Man\x61gerCache" ascii wide nocase
        $startup = "Explorer\\User Shel\x6C Folders" ascii wide nocase
        $task = "ManageOnDrive\x55pdater" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 16MB and
        (($shell and $phoenix) or ($folder and any of ($startup, $task)))
}
