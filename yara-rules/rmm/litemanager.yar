// LiteManager. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_LITEMANAGER_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies LiteManager programs by their names"
        reference = "LOLRMM, LiteManager"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "LiteManager"
        actors = "UAC-0050,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_LITEMANAGER_PROGRAM"
        fp = "every computer whose owner uses LiteManager"

    strings:
        $name1 = "ROMServer.exe" ascii wide
        $name2 = "ROMFUSClient.exe" ascii wide
        $name3 = "LMNoIpServer.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($name*))
}
