// Chrome Remote Desktop. Presence only: whether it is theirs tells the account or server
// that its settings name.

rule SPOOR_RMM_CHROME_REMOTE_DESKTOP_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Chrome Remote Desktop programs by their version resource and names"
        reference = "LOLRMM, Chrome Remote Desktop"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Chrome Remote Desktop"
        actors = "Kimsuky,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_CHROME_REMOTE_DESKTOP_PROGRAM"
        fp = "every computer whose owner uses Chrome Remote Desktop"

    strings:
        // ProductName = Chrome Remote Desktop
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 43 00 68 00 72 00 6F 00 6D 00 65 00 20 00 52 00 65 00 6D 00 6F 00 74 00 65 00 20 00 44 00 65 00 73 00 6B 00 74 00 6F 00 70 00 }
        // OriginalFilename = remoting_host.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 72 00 65 00 6D 00 6F 00 74 00 69 00 6E 00 67 00 }
        $name1 = "remoting_start_host.exe" ascii wide
        $name2 = "chromoting" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (all of ($product, $original) or (any of ($product, $original) and 2 of ($name*)))
}

rule SPOOR_RMM_CHROME_REMOTE_DESKTOP_MSI
{
    meta:
        author = "spoor project"
        description = "Identifies installers of Chrome Remote Desktop"
        reference = "LOLRMM, Chrome Remote Desktop"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Chrome Remote Desktop"
        actors = "Kimsuky,many"
        attack = "T1219"
        severity = "low"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_CHROME_REMOTE_DESKTOP_MSI"
        fp = "every installer of Chrome Remote Desktop"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $product1 = "Chrome Remote Desktop Host" ascii

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 512MB and
        $package and all of ($product*)
}
