// Pulseway. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_PULSEWAY_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Pulseway programs by their version resource and names"
        reference = "LOLRMM, Pulseway"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Pulseway"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_PULSEWAY_PROGRAM"
        fp = "every computer whose owner uses Pulseway"

    strings:
        // CompanyName = MMSOFT Design Ltd.
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4D 00 4D 00 53 00 4F 00 46 00 54 00 20 00 44 00 65 00 73 00 69 00 67 00 6E 00 20 00 4C 00 74 00 64 00 }
        // ProductName = Pulseway
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 50 00 75 00 6C 00 73 00 65 00 77 00 61 00 79 00 }
        // OriginalFilename = PCMonitorSrv.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 50 00 43 00 4D 00 6F 00 6E 00 69 00 74 00 6F 00 72 00 53 00 72 00 76 00 }
        $name1 = "pcmontask.exe" ascii wide
        $name2 = "PCMonitorManager.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
