// ScreenMeet. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_SCREENMEET_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies ScreenMeet programs by their version resource and names"
        reference = "LOLRMM, ScreenMeet"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "ScreenMeet"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_SCREENMEET_PROGRAM"
        fp = "every computer whose owner uses ScreenMeet"

    strings:
        // CompanyName = Projector.is Inc.
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 50 00 72 00 6F 00 6A 00 65 00 63 00 74 00 6F 00 72 00 }
        // ProductName = ScreenMeet Support
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 63 00 72 00 65 00 65 00 6E 00 4D 00 65 00 65 00 74 00 20 00 53 00 75 00 70 00 70 00 6F 00 72 00 74 00 }
        // OriginalFilename = ScreenMeetSupport.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 63 00 72 00 65 00 65 00 6E 00 4D 00 65 00 65 00 74 00 53 00 75 00 70 00 70 00 6F 00 72 00 74 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original))
}
