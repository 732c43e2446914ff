// GOLDBACKDOOR: implant of 2022, known by its build path.

rule SPOOR_APT_GOLDBACKDOOR_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the name or build path of GOLDBACKDOOR"
        reference = "Stairwell, \"The ink-stained trail of GOLDBACKDOOR\", 2022-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "GOLDBACKDOOR"
        actors = "APT37"
        attack = "T1102.002,T1204.002"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GOLDBACKDOOR_IMPLANT"

    strings:
        $pdb = "D:\\Development\\GOLD-BACKDOOR\\" ascii
        $name = "GOLD-BACKDOOR" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        any of them
}
