// Getscreen.me. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_GETSCREEN_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Getscreen.me programs by their version resource and names"
        reference = "LOLRMM, Getscreen.me"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Getscreen.me"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_GETSCREEN_PROGRAM"
        fp = "every computer whose owner uses Getscreen.me"

    strings:
        // CompanyName = Point B Ltd
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 50 00 6F 00 69 00 6E 00 74 00 20 00 42 00 20 00 4C 00 74 00 64 00 }
        // ProductName = Getscreen.me
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 47 00 65 00 74 00 73 00 63 00 72 00 65 00 65 00 6E 00 }
        // OriginalFilename = getscreen.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 67 00 65 00 74 00 73 00 63 00 72 00 65 00 65 00 6E 00 }
        $name1 = "GetscreenSV" ascii wide
        $name2 = "getscreen.upd" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
