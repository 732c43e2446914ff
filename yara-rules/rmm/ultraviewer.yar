// UltraViewer. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_ULTRAVIEWER_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies UltraViewer programs by their version resource and names"
        reference = "LOLRMM, UltraViewer"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "UltraViewer"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_ULTRAVIEWER_PROGRAM"
        fp = "every computer whose owner uses UltraViewer"

    strings:
        // CompanyName = DucFabulous
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 44 00 75 00 63 00 46 00 61 00 62 00 75 00 6C 00 6F 00 75 00 73 00 }
        // ProductName = UltraViewer
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 55 00 6C 00 74 00 72 00 61 00 56 00 69 00 65 00 77 00 65 00 72 00 }
        // OriginalFilename = UltraViewer_Desktop.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 55 00 6C 00 74 00 72 00 61 00 56 00 69 00 65 00 77 00 65 00 72 00 }
        $name1 = "UltraViewer_Service.exe" ascii wide
        $name2 = "UltraViewService" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
