// DWService. Presence only: the account key stands in its settings file.

rule SPOOR_RMM_DWAGENT_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies DWService programs by their version resource and names"
        reference = "LOLRMM, DWService"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "DWService (DWAgent)"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_DWAGENT_PROGRAM"
        fp = "every computer whose owner uses DWService"

    strings:
        // CompanyName = DWSNET
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 44 00 57 00 53 00 4E 00 45 00 54 00 }
        // ProductName = DWAgent
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 44 00 57 00 41 00 67 00 65 00 6E 00 74 00 }
        // OriginalFilename = dwagent.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 64 00 77 00 61 00 67 00 65 00 6E 00 74 00 }
        $name1 = "dwagsvc.exe" ascii wide
        $name2 = "dwaglnc.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
