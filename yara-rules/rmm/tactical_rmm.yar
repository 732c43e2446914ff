// Tactical RMM. Presence only: its address stands in the registry.

rule SPOOR_RMM_TACTICAL_RMM_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Tactical RMM programs by their version resource and names"
        reference = "LOLRMM, Tactical RMM"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Tactical RMM"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_TACTICAL_RMM_PROGRAM"
        fp = "every computer whose owner uses Tactical RMM"

    strings:
        // CompanyName = AmidaWare
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 41 00 6D 00 69 00 64 00 61 00 57 00 61 00 72 00 65 00 }
        // ProductName = Tactical RMM Agent
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 54 00 61 00 63 00 74 00 69 00 63 00 61 00 6C 00 20 00 52 00 4D 00 4D 00 20 00 41 00 67 00 65 00 6E 00 74 00 }
        // OriginalFilename = tacticalrmm.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 74 00 61 00 63 00 74 00 69 00 63 00 61 00 6C 00 72 00 6D 00 6D 00 }
        $name1 = "github.com/amidaware/rmmagent" ascii wide
        $name2 = "tacticalrmm" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
