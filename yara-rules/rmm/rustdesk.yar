// RustDesk. Presence only: the server stands in RustDesk2.toml or in the name of the
// program.

rule SPOOR_RMM_RUSTDESK_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies RustDesk programs by their version resource and names"
        reference = "LOLRMM, RustDesk"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "RustDesk"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_RUSTDESK_PROGRAM"
        fp = "every computer whose owner uses RustDesk"

    strings:
        // CompanyName = Purslane Ltd
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 50 00 75 00 72 00 73 00 6C 00 61 00 6E 00 65 00 20 00 4C 00 74 00 64 00 }
        // ProductName = RustDesk
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 52 00 75 00 73 00 74 00 44 00 65 00 73 00 6B 00 }
        // OriginalFilename = rustdesk.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 72 00 75 00 73 00 74 00 64 00 65 00 73 00 6B 00 }
        $name1 = "librustdesk.dll" ascii wide
        $name2 = "rustdesk-host=" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
