// N-able Take Control. Presence only: whether it is theirs tells the account or server
// that its settings name.

rule SPOOR_RMM_TAKE_CONTROL_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies N-able Take Control programs by their version resource and names"
        reference = "LOLRMM, N-able Take Control"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "N-able Take Control"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_TAKE_CONTROL_PROGRAM"
        fp = "every computer whose owner uses N-able Take Control"

    strings:
        // CompanyName = N-able Take Control
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4E 00 }
        // ProductName = Take Control Agent
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 54 00 61 00 6B 00 65 00 20 00 43 00 6F 00 6E 00 74 00 72 00 6F 00 6C 00 20 00 41 00 67 00 65 00 6E 00 74 00 }
        // OriginalFilename = BASupSrvc.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 42 00 41 00 53 00 75 00 70 00 53 00 72 00 76 00 63 00 }
        $name1 = "BASupSrvcUpdater.exe" ascii wide
        $name2 = "BASupportExpressStandaloneService" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
