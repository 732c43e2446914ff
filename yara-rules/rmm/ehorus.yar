// eHorus. Presence only: the account stands in ehorus_agent.conf.

rule SPOOR_RMM_EHORUS_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies eHorus programs by their version resource and names"
        reference = "LOLRMM, eHorus / Pandora RC"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "eHorus / Pandora RC"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_EHORUS_PROGRAM"
        fp = "every computer whose owner uses eHorus"

    strings:
        // ProductName = eHorus Agent
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 65 00 48 00 6F 00 72 00 75 00 73 00 20 00 41 00 67 00 65 00 6E 00 74 00 }
        // OriginalFilename = ehorus_agent.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 65 00 68 00 6F 00 72 00 75 00 73 00 }
        $name1 = "ehorus_launcher.exe" ascii wide
        $name2 = "EHORUSAGENT" ascii wide
        $name3 = "ehorus_agent.conf" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (all of ($product, $original) or (any of ($product, $original) and 2 of ($name*)))
}

rule SPOOR_RMM_EHORUS_MSI
{
    meta:
        author = "spoor project"
        description = "Identifies installers of eHorus"
        reference = "LOLRMM, eHorus / Pandora RC"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "eHorus / Pandora RC"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_EHORUS_MSI"
        fp = "every installer of eHorus"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $product1 = "eHorus Agent" ascii

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 512MB and
        $package and all of ($product*)
}
