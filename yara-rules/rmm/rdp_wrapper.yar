// RDP Wrapper. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_RDP_WRAPPER_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies RDP Wrapper programs by their version resource and names"
        reference = "LOLRMM, RDP Wrapper"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "RDP Wrapper"
        actors = "Kimsuky,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_RDP_WRAPPER_PROGRAM"
        fp = "every computer whose owner uses RDP Wrapper"

    strings:
        // CompanyName = Stas'M Corp.
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 74 00 61 00 73 00 }
        // ProductName = RDP Host Support
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 52 00 44 00 50 00 20 00 48 00 6F 00 73 00 74 00 20 00 53 00 75 00 70 00 70 00 6F 00 72 00 74 00 }
        // OriginalFilename = RDPWInst.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 52 00 44 00 50 00 57 00 49 00 6E 00 73 00 74 00 }
        $name1 = "rdpwrap.dll" ascii wide
        $name2 = "rdpwrap.ini" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
