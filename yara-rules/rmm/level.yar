// Level agent and installer. The key after --key or LEVEL_API_KEY is the account's.

rule SPOOR_RMM_LEVEL_AGENT
{
    meta:
        author = "spoor project"
        description = "Identifies the Level agent by its version resource"
        reference = "LOLRMM, Level"
        reference2 = "ESET, \"MuddyWater: Snakes by the riverbank\", 2025-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Level"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_LEVEL_AGENT"
        fp = "every managed computer of a Level customer"

    strings:
        // CompanyName = Level Software, Inc.
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4C 00 65 00 76 00 65 00 6C 00 20 00 53 00 6F 00 66 00 74 00 77 00 61 00 72 00 65 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        $company
}

rule SPOOR_RMM_LEVEL_MSI
{
    meta:
        author = "spoor project"
        description = "Identifies the Level installer"
        reference = "LOLRMM, Level"
        reference2 = "Israel National Cyber Directorate, report on MuddyWater, 2025-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Level"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_LEVEL_MSI"
        fp = "every installer of a Level customer"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $key = "LEVEL_API_KEY" ascii
        $program = "level.exe" ascii nocase

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 128MB and
        all of them
}
