// ISL Online. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_ISL_ONLINE_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies ISL Online programs by their version resource and names"
        reference = "LOLRMM, ISL Online"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "ISL Online"
        actors = "UNK_SmudgedSerpent,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_ISL_ONLINE_PROGRAM"
        fp = "every computer whose owner uses ISL Online"

    strings:
        // CompanyName = XLAB d.o.o.
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 58 00 4C 00 41 00 42 00 20 00 64 00 }
        // ProductName = ISL AlwaysOn
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 49 00 53 00 4C 00 20 00 41 00 6C 00 77 00 61 00 79 00 73 00 4F 00 6E 00 }
        // OriginalFilename = ISLAlwaysOn.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 49 00 53 00 4C 00 41 00 6C 00 77 00 61 00 79 00 73 00 4F 00 6E 00 }
        $name1 = "ISLLightClient.exe" ascii wide
        $name2 = "ISLAlwaysOnMonitor.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
