// SunLogin. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_SUNLOGIN_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies SunLogin programs by their version resource and names"
        reference = "LOLRMM, SunLogin"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "SunLogin (Oray)"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_SUNLOGIN_PROGRAM"
        fp = "every computer whose owner uses SunLogin"

    strings:
        // CompanyName = Shanghai Best Oray
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 68 00 61 00 6E 00 67 00 68 00 61 00 69 00 20 00 42 00 65 00 73 00 74 00 20 00 4F 00 72 00 61 00 79 00 }
        // ProductName = SunloginClient
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 75 00 6E 00 6C 00 6F 00 67 00 69 00 6E 00 43 00 6C 00 69 00 65 00 6E 00 74 00 }
        // OriginalFilename = SunloginClient.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 75 00 6E 00 6C 00 6F 00 67 00 69 00 6E 00 43 00 6C 00 69 00 65 00 6E 00 74 00 }
        $name1 = "SunloginService" ascii wide
        $name2 = "OrayRemoteService.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
