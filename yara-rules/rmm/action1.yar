// Action1. Presence only: the organisation is named in the installer file and in its
// registry key.

rule SPOOR_RMM_ACTION1_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Action1 programs by their version resource and names"
        reference = "LOLRMM, Action1"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Action1"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_ACTION1_PROGRAM"
        fp = "every computer whose owner uses Action1"

    strings:
        // CompanyName = Action1 Corporation
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 41 00 63 00 74 00 69 00 6F 00 6E 00 }
        // ProductName = Action1
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 41 00 63 00 74 00 69 00 6F 00 6E 00 }
        // OriginalFilename = action1_agent.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 61 00 63 00 74 00 69 00 6F 00 6E 00 }
        $name1 = "A1Agent" ascii wide
        $name2 = "action1_connector.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}

rule SPOOR_RMM_ACTION1_MSI
{
    meta:
        author = "spoor project"
        description = "Identifies installers of Action1"
        reference = "LOLRMM, Action1"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Action1"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_ACTION1_MSI"
        fp = "every installer of Action1"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $product1 = "action1_agent.exe" ascii
        $part1 = "Action1" ascii

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 512MB and
        $package and all of ($product*) and any of ($part*)
}
