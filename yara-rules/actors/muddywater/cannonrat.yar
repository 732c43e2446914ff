// CannonRat: RAT of 2024, known from one report; two of its four names are asked for.

rule SPOOR_APT_CANNONRAT_PERSISTENCE
{
    meta:
        author = "spoor project"
        description = "Finds the folder, module and host of CannonRat in one program or script"
        reference = "Israel National Cyber Directorate, report on MuddyWater, 2025-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "CannonRat"
        actors = "MuddyWater"
        attack = "T1546.015,T1036.005"
        severity = "medium"
        carriers = "pe,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_CANNONRAT_PERSISTENCE"

    strings:
        $folder = "\\WinSys\\Secure Sy\x73tem.exe" ascii wide nocase
        $module = "coreglobcon\x66ig.dll" ascii wide nocase
        $host = "spaziogro\x75p.org" ascii wide
        $class = "10D62541-90D0-42FE-848C-0\x44BC1AC42EDA" ascii wide nocase

    condition:
        filesize < 32MB and
        uint8(0) != 0x3C and
        2 of them
}
