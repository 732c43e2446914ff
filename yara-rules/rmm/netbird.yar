// NetBird. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_NETBIRD_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies NetBird programs by their version resource and names"
        reference = "LOLRMM, NetBird"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "NetBird"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_NETBIRD_PROGRAM"
        fp = "every computer whose owner uses NetBird"

    strings:
        // CompanyName = NetBird GmbH
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4E 00 65 00 74 00 42 00 69 00 72 00 64 00 20 00 47 00 6D 00 62 00 48 00 }
        // ProductName = NetBird
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4E 00 65 00 74 00 42 00 69 00 72 00 64 00 }
        // OriginalFilename = netbird.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 6E 00 65 00 74 00 62 00 69 00 72 00 64 00 }
        $name1 = "github.com/netbirdio/netbird" ascii wide
        $name2 = "netbird-ui.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
