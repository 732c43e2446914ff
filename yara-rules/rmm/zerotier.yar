// ZeroTier. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_ZEROTIER_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies ZeroTier programs by their version resource and names"
        reference = "LOLRMM, ZeroTier"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "ZeroTier"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_ZEROTIER_PROGRAM"
        fp = "every computer whose owner uses ZeroTier"

    strings:
        // CompanyName = ZeroTier, Inc.
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 5A 00 65 00 72 00 6F 00 54 00 69 00 65 00 72 00 }
        // ProductName = ZeroTier One
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 5A 00 65 00 72 00 6F 00 54 00 69 00 65 00 72 00 20 00 4F 00 6E 00 65 00 }
        // OriginalFilename = zerotier-one_x64.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 7A 00 65 00 72 00 6F 00 74 00 69 00 65 00 72 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original))
}
