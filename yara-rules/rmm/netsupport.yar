// NetSupport Manager. Presence only: client32.ini names the gateway, NSM.LIC the
// licensee.

rule SPOOR_RMM_NETSUPPORT_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies NetSupport Manager programs by their version resource and names"
        reference = "LOLRMM, NetSupport Manager"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "NetSupport Manager"
        actors = "TA569,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_NETSUPPORT_PROGRAM"
        fp = "every computer whose owner uses NetSupport Manager"

    strings:
        // CompanyName = NetSupport Ltd
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4E 00 65 00 74 00 53 00 75 00 70 00 70 00 6F 00 72 00 74 00 20 00 4C 00 74 00 64 00 }
        // ProductName = NetSupport Remote Control
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4E 00 65 00 74 00 53 00 75 00 70 00 70 00 6F 00 72 00 74 00 20 00 52 00 65 00 6D 00 6F 00 74 00 65 00 20 00 43 00 6F 00 6E 00 74 00 72 00 6F 00 }
        // OriginalFilename = client32.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 63 00 6C 00 69 00 65 00 6E 00 74 00 }
        $name1 = "pcicl32.dll" ascii wide
        $name2 = "remcmdstub.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
