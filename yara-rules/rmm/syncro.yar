// Syncro agent and installer. The installer's name and the registry value shop_subdomain
// tell whose account it is.

rule SPOOR_RMM_SYNCRO_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Syncro programs by their version resource"
        reference = "LOLRMM, Syncro"
        reference2 = "Israel National Cyber Directorate, report on MuddyWater, 2023-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Syncro"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_SYNCRO_PROGRAM"
        fp = "every managed computer of a Syncro customer"

    strings:
        // CompanyName = Servably
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 65 00 72 00 76 00 61 00 62 00 6C 00 79 00 }
        // ProductName = Syncro
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 79 00 6E 00 63 00 72 00 6F 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        all of them
}
