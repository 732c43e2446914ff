// MSP360 RMM. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_MSP360_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies MSP360 RMM programs by their version resource and names"
        reference = "LOLRMM, MSP360 RMM"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "MSP360 RMM (Connect)"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_MSP360_PROGRAM"
        fp = "every computer whose owner uses MSP360 RMM"

    strings:
        // CompanyName = MSPBytes
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4D 00 53 00 50 00 42 00 79 00 74 00 65 00 73 00 }
        // ProductName = MSP360 RMM Agent
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4D 00 53 00 50 00 }
        // OriginalFilename = RMM.Agent.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 52 00 4D 00 4D 00 }
        $name1 = "CloudRaService.exe" ascii wide
        $name2 = "CloudRaCmd.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
