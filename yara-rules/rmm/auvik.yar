// Auvik. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_AUVIK_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Auvik programs by their version resource and names"
        reference = "LOLRMM, Auvik"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Auvik"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_AUVIK_PROGRAM"
        fp = "every computer whose owner uses Auvik"

    strings:
        // CompanyName = Auvik Networks
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 41 00 75 00 76 00 69 00 6B 00 20 00 4E 00 65 00 74 00 77 00 6F 00 72 00 6B 00 73 00 }
        // ProductName = Auvik Agent
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 41 00 75 00 76 00 69 00 6B 00 20 00 41 00 67 00 65 00 6E 00 74 00 }
        // OriginalFilename = auvik.agent.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 61 00 75 00 76 00 69 00 6B 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original))
}
