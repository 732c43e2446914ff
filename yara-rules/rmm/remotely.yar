// Remotely. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_REMOTELY_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Remotely programs by their version resource and names"
        reference = "LOLRMM, Remotely"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Remotely (OSS)"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_REMOTELY_PROGRAM"
        fp = "every computer whose owner uses Remotely"

    strings:
        // OriginalFilename = Remotely_Agent.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 52 00 65 00 6D 00 6F 00 74 00 65 00 6C 00 79 00 }
        $name1 = "Remotely_Service" ascii wide
        $name2 = "Remotely_Desktop.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (($original and any of ($name*)))
}
