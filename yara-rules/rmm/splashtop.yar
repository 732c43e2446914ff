// Splashtop Streamer. Presence only: whether it is theirs tells the account or server
// that its settings name.

rule SPOOR_RMM_SPLASHTOP_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Splashtop Streamer programs by their version resource and names"
        reference = "LOLRMM, Splashtop Streamer"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Splashtop Streamer"
        actors = "Sandworm,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_SPLASHTOP_PROGRAM"
        fp = "every computer whose owner uses Splashtop Streamer"

    strings:
        // CompanyName = Splashtop Inc.
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 70 00 6C 00 61 00 73 00 68 00 74 00 6F 00 70 00 20 00 49 00 6E 00 63 00 }
        // ProductName = Splashtop
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 70 00 6C 00 61 00 73 00 68 00 74 00 6F 00 70 00 }
        // OriginalFilename = SRService.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 52 00 53 00 65 00 72 00 76 00 69 00 63 00 65 00 }
        $name1 = "SplashtopRemoteService" ascii wide
        $name2 = "SSUService" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}

rule SPOOR_RMM_SPLASHTOP_MSI
{
    meta:
        author = "spoor project"
        description = "Identifies installers of Splashtop Streamer"
        reference = "LOLRMM, Splashtop Streamer"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Splashtop Streamer"
        actors = "Sandworm,many"
        attack = "T1219"
        severity = "low"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_SPLASHTOP_MSI"
        fp = "every installer of Splashtop Streamer"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $product1 = "Splashtop Streamer" ascii

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 512MB and
        $package and all of ($product*)
}
