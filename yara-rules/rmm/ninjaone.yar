// NinjaOne. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_NINJAONE_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies NinjaOne programs by their version resource and names"
        reference = "LOLRMM, NinjaOne"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "NinjaOne (NinjaRMM)"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_NINJAONE_PROGRAM"
        fp = "every computer whose owner uses NinjaOne"

    strings:
        // CompanyName = NinjaRMM, LLC
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4E 00 69 00 6E 00 6A 00 61 00 52 00 4D 00 4D 00 }
        // ProductName = NinjaRMM Agent
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4E 00 69 00 6E 00 6A 00 61 00 52 00 4D 00 4D 00 20 00 41 00 67 00 65 00 6E 00 74 00 }
        // OriginalFilename = NinjaRMMAgent.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 4E 00 69 00 6E 00 6A 00 61 00 52 00 4D 00 4D 00 41 00 67 00 65 00 6E 00 74 00 }
        $name1 = "NinjaRMMAgentPatcher.exe" ascii wide
        $name2 = "ncstreamer.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}

rule SPOOR_RMM_NINJAONE_MSI
{
    meta:
        author = "spoor project"
        description = "Identifies installers of NinjaOne"
        reference = "LOLRMM, NinjaOne"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "NinjaOne (NinjaRMM)"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_NINJAONE_MSI"
        fp = "every installer of NinjaOne"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $product1 = "NinjaRMMAgent" ascii

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 512MB and
        $package and all of ($product*)
}
