// DarkBit: Go ransomware of 2023, used as a cover for destruction.

rule SPOOR_APT_DARKBIT_RANSOMWARE
{
    meta:
        author = "spoor project"
        description = "Finds the note, mutex and marks of the DarkBit ransomware"
        reference = "Microsoft, \"MERCURY and DEV-1084: Destructive attack on hybrid environment\", 2023-04"
        reference2 = "Israel National Cyber Directorate, report on DarkBit, 2023-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "DarkBit"
        actors = "MuddyWater"
        attack = "T1486,T1490"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_DARKBIT_RANSOMWARE"

    strings:
        $mark = "DARKBIT_ENCRYPTED_FILES" ascii
        $note = "RECOVERY_DARKBIT.txt" ascii
        $mutex = "Global\\dbdbdbdb" ascii wide
        $extension = ".Darkbit" ascii
        $shadow = "vssadmin.exe delete shadow /all /Quiet" ascii nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        ($mark or $note or $mutex) and 3 of them
}
