// CE-Notes, LP-Notes and Blub: browser and credential stealers of 2024-2025 that leave
// their loot as encrypted text files in the public downloads folder. Keys and most texts
// are built on the stack; the paths are what stays readable.

rule SPOOR_APT_MUDDYWATER_STEALER_NOTES
{
    meta:
        author = "spoor project"
        description = "Finds the output and helper files of the CE-Notes, LP-Notes and Blub stealers"
        reference = "ESET, \"MuddyWater: Snakes by the riverbank\", 2025-12"
        reference2 = "MITRE ATT&CK S9036"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "CE-Notes/LP-Notes/Blub"
        actors = "MuddyWater"
        attack = "S9036,T1555.003,T1056.002"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_STEALER_NOTES"

    strings:
        $pdb = "C:\\Users\\jojo\\source\\repos\\stealer\\x64\\Release\\stealer.pdb" ascii
        $out1 = "\\Public\\Downloads\\ce-notes.txt" ascii wide
        $out2 = "\\Public\\Downloads\\lp-notes.txt" ascii wide
        $out3 = "\\Public\\Downloads\\cobe-notes.txt" ascii wide
        $help1 = "\\Public\\Downloads\\system2.dll" ascii wide
        $help2 = "C:\\Intel\\system.dll" ascii wide
        $name = "Dsync-es.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        ($pdb or (any of ($out*) and any of ($help*, $name)) or 2 of ($out*))
}
