// Atera agent and its installer. Presence only: whose account it is tells the installer's
// property table (COMPANYID, ACCOUNTID, INTEGRATORLOGIN) and the registry.

rule SPOOR_RMM_ATERA_MSI
{
    meta:
        author = "spoor project"
        description = "Identifies an Atera installer that is bound to an account"
        reference = "LOLRMM, Atera"
        reference2 = "HarfangLab, \"MuddyWater campaign abusing Atera Agents\", TRR240402, 2024-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Atera Agent"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_ATERA_MSI"
        fp = "every installer downloaded from an Atera console"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $product = "AteraAgent" ascii
        $login = "INTEGRATORLOGIN" ascii
        $company = "COMPANYID" ascii
        $account = "ACCOUNTID" ascii

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 64MB and
        all of them
}

rule SPOOR_RMM_ATERA_AGENT
{
    meta:
        author = "spoor project"
        description = "Identifies the Atera agent by its version resource"
        reference = "LOLRMM, Atera"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Atera Agent"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_ATERA_AGENT"
        fp = "every managed computer of an Atera customer"

    strings:
        // CompanyName = ATERA Networks
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 41 00 54 00 45 00 52 00 41 00 20 00 4E 00 65 00 74 00 77 00 6F 00 72 00 6B 00 73 00 }
        // OriginalFilename = AteraAgent
        $original = { 4F 00 72 00 69 00 67 00 69 00 6E 00 61 00 6C 00 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 41 00 74 00 65 00 72 00 61 00 41 00 67 00 65 00 6E 00 74 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        all of them
}
