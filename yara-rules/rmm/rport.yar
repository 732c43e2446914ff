// RPort. Presence only: the server stands in rport.conf.

rule SPOOR_RMM_RPORT_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies RPort programs by their version resource and names"
        reference = "LOLRMM, RPort"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "RPort"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_RPORT_PROGRAM"
        fp = "every computer whose owner uses RPort"

    strings:
        // ProductName = RPort
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 52 00 50 00 6F 00 72 00 74 00 }
        // OriginalFilename = rport.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 72 00 70 00 6F 00 72 00 74 00 }
        $name1 = "github.com/cloudradar-monitoring/rport" ascii wide
        $name2 = "rport.conf" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (all of ($product, $original) or (any of ($product, $original) and 2 of ($name*)))
}
