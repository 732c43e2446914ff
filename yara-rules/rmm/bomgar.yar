// BeyondTrust Remote Support. Presence only: whether it is theirs tells the account or
// server that its settings name.

rule SPOOR_RMM_BEYONDTRUST_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies BeyondTrust Remote Support programs by their version resource and names"
        reference = "LOLRMM, BeyondTrust Remote Support"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "BeyondTrust Remote Support (Bomgar)"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_BEYONDTRUST_PROGRAM"
        fp = "every computer whose owner uses BeyondTrust Remote Support"

    strings:
        // CompanyName = BeyondTrust
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 42 00 65 00 79 00 6F 00 6E 00 64 00 54 00 72 00 75 00 73 00 74 00 }
        // ProductName = BeyondTrust Remote Support
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 42 00 65 00 79 00 6F 00 6E 00 64 00 54 00 72 00 75 00 73 00 74 00 20 00 52 00 65 00 6D 00 6F 00 74 00 65 00 20 00 53 00 75 00 70 00 70 00 6F 00 }
        // OriginalFilename = bomgar-scc.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 62 00 6F 00 6D 00 67 00 61 00 72 00 }
        $name1 = "bomgar-pac.exe" ascii wide
        $name2 = "bomgar-rep.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
