// TightVNC. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_TIGHTVNC_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies TightVNC programs by their version resource and names"
        reference = "LOLRMM, TightVNC"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "TightVNC"
        actors = "Lazarus,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_TIGHTVNC_PROGRAM"
        fp = "every computer whose owner uses TightVNC"

    strings:
        // CompanyName = GlavSoft LLC.
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 47 00 6C 00 61 00 76 00 53 00 6F 00 66 00 74 00 20 00 4C 00 4C 00 43 00 }
        // ProductName = TightVNC
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 54 00 69 00 67 00 68 00 74 00 56 00 4E 00 43 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (all of ($company, $product))
}
