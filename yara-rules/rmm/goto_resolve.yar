// GoTo Resolve. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_GOTO_RESOLVE_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies GoTo Resolve programs by their version resource and names"
        reference = "LOLRMM, GoTo Resolve / GoToAssist / LogMeIn Resolve"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "GoTo Resolve / GoToAssist / LogMeIn Resolve"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_GOTO_RESOLVE_PROGRAM"
        fp = "every computer whose owner uses GoTo Resolve"

    strings:
        // CompanyName = GoTo, Inc.
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 47 00 6F 00 54 00 6F 00 }
        // ProductName = GoTo Resolve
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 47 00 6F 00 54 00 6F 00 20 00 52 00 65 00 73 00 6F 00 6C 00 76 00 65 00 }
        // OriginalFilename = GoToResolveUnattended.ex
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 47 00 6F 00 54 00 6F 00 52 00 65 00 73 00 6F 00 6C 00 76 00 65 00 55 00 6E 00 61 00 74 00 74 00 65 00 6E 00 64 00 65 00 64 00 }
        $name1 = "GoToResolveProcessChecker" ascii wide
        $name2 = "GoToResolve_" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}

rule SPOOR_RMM_GOTO_RESOLVE_MSI
{
    meta:
        author = "spoor project"
        description = "Identifies installers of GoTo Resolve"
        reference = "LOLRMM, GoTo Resolve / GoToAssist / LogMeIn Resolve"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "GoTo Resolve / GoToAssist / LogMeIn Resolve"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_GOTO_RESOLVE_MSI"
        fp = "every installer of GoTo Resolve"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $product1 = "GoTo Resolve Unattended" ascii

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 512MB and
        $package and all of ($product*)
}
