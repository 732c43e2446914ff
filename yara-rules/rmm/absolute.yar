// Absolute. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_ABSOLUTE_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Absolute programs by their version resource and names"
        reference = "LOLRMM, Absolute / Computrace"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Absolute / Computrace"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_ABSOLUTE_PROGRAM"
        fp = "every computer whose owner uses Absolute"

    strings:
        // CompanyName = Absolute Software Corpora
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 41 00 62 00 73 00 6F 00 6C 00 75 00 74 00 65 00 20 00 53 00 6F 00 66 00 74 00 77 00 61 00 72 00 65 00 20 00 43 00 6F 00 72 00 70 00 6F 00 72 00 }
        // OriginalFilename = rpcnet.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 72 00 70 00 63 00 6E 00 65 00 74 00 }
        $name1 = "rpcnetp.exe" ascii wide
        $name2 = "CtesHostSvc" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (all of ($company, $original) or (any of ($company, $original) and 2 of ($name*)))
}
