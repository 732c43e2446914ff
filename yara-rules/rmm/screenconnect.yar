// ScreenConnect (ConnectWise Control) client and installer. Presence only: relay host,
// port and server key after "?e=Access" tell whose server it obeys.

rule SPOOR_RMM_SCREENCONNECT_MSI
{
    meta:
        author = "spoor project"
        description = "Identifies a ScreenConnect installer that is bound to a relay"
        reference = "LOLRMM, ScreenConnect"
        reference2 = "MITRE ATT&CK G0069"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "ScreenConnect (ConnectWise Control)"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_SCREENCONNECT_MSI"
        fp = "every installer downloaded from a ScreenConnect server"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $parameters = "SERVICE_CLIENT_LAUNCH_PARAMETERS" ascii
        $relay = "?e=Access&y=Guest&h=" ascii
        $product = "ScreenConnect" ascii

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 64MB and
        all of them
}

rule SPOOR_RMM_SCREENCONNECT_CLIENT
{
    meta:
        author = "spoor project"
        description = "Identifies ScreenConnect programs by their version resource"
        reference = "LOLRMM, ScreenConnect"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "ScreenConnect (ConnectWise Control)"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_SCREENCONNECT_CLIENT"
        fp = "every computer supported through ScreenConnect"

    strings:
        // ProductName = ScreenConnect
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 63 00 72 00 65 00 65 00 6E 00 43 00 6F 00 6E 00 6E 00 65 00 63 00 74 00 }
        // CompanyName = ScreenConnect Software
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 63 00 72 00 65 00 65 00 6E 00 43 00 6F 00 6E 00 6E 00 65 00 63 00 74 00 20 00 53 00 6F 00 66 00 74 00 77 00 61 00 72 00 65 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        all of them
}
