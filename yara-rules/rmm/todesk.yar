// ToDesk. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_TODESK_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies ToDesk programs by their version resource and names"
        reference = "LOLRMM, ToDesk"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "ToDesk"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_TODESK_PROGRAM"
        fp = "every computer whose owner uses ToDesk"

    strings:
        // CompanyName = Hainan YouQu
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 48 00 61 00 69 00 6E 00 61 00 6E 00 20 00 59 00 6F 00 75 00 51 00 75 00 }
        // ProductName = ToDesk
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 54 00 6F 00 44 00 65 00 73 00 6B 00 }
        // OriginalFilename = ToDesk.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 54 00 6F 00 44 00 65 00 73 00 6B 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original))
}
