// PDQ Connect agent and installer. The file "token" below ProgramData tells the account.

rule SPOOR_RMM_PDQ_CONNECT_AGENT
{
    meta:
        author = "spoor project"
        description = "Identifies the PDQ Connect agent by its version resource"
        reference = "LOLRMM, PDQ Connect"
        reference2 = "ESET, \"MuddyWater: Snakes by the riverbank\", 2025-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "PDQ Connect"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_PDQ_CONNECT_AGENT"
        fp = "every managed computer of a PDQ Connect customer"

    strings:
        // ProductName = PDQConnectAgent
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 50 00 44 00 51 00 43 00 6F 00 6E 00 6E 00 65 00 63 00 74 00 41 00 67 00 65 00 6E 00 74 00 }
        // CompanyName = PDQ.com
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 50 00 44 00 51 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        all of them
}

rule SPOOR_RMM_PDQ_CONNECT_MSI
{
    meta:
        author = "spoor project"
        description = "Identifies the PDQ Connect installer"
        reference = "LOLRMM, PDQ Connect"
        reference2 = "Group-IB, \"Unmasking MuddyWater's New Malware Toolkit\", 2025-10"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "PDQ Connect"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_PDQ_CONNECT_MSI"
        fp = "every installer of a PDQ Connect customer"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $product = "PDQConnectAgent" ascii
        $program = "pdq-connect-agent.exe" ascii nocase

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 128MB and
        all of them
}
