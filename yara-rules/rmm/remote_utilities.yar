// Remote Utilities. Presence only: whose server it obeys tells the registry value of its
// internet-ID settings.

rule SPOOR_RMM_REMOTE_UTILITIES_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Remote Utilities programs by their version resource and names"
        reference = "LOLRMM, Remote Utilities / RMS"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Remote Utilities / RMS"
        actors = "MuddyWater,UAC-0050,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_REMOTE_UTILITIES_PROGRAM"
        fp = "every computer whose owner uses Remote Utilities"

    strings:
        // CompanyName = Remote Utilities Pte. Ltd.
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 52 00 65 00 6D 00 6F 00 74 00 65 00 20 00 55 00 74 00 69 00 6C 00 69 00 74 00 69 00 65 00 73 00 20 00 50 00 74 00 65 00 }
        // ProductName = Remote Utilities
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 52 00 65 00 6D 00 6F 00 74 00 65 00 20 00 55 00 74 00 69 00 6C 00 69 00 74 00 69 00 65 00 73 00 }
        // OriginalFilename = rutserv.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 72 00 75 00 74 00 73 00 65 00 72 00 76 00 }
        $name1 = "RManService" ascii wide
        $name2 = "rfusclient.exe" ascii wide
        $name3 = "TektonIT" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}

rule SPOOR_RMM_REMOTE_UTILITIES_MSI
{
    meta:
        author = "spoor project"
        description = "Identifies installers of Remote Utilities"
        reference = "LOLRMM, Remote Utilities / RMS"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Remote Utilities / RMS"
        actors = "MuddyWater,UAC-0050,many"
        attack = "T1219"
        severity = "low"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_REMOTE_UTILITIES_MSI"
        fp = "every installer of Remote Utilities"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $product1 = "Remote Utilities - Host" ascii
        $part1 = "rutserv.exe" ascii

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 512MB and
        $package and all of ($product*) and any of ($part*)
}
