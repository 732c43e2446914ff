// SloppyMIO: .NET implant of 2026 behind a spreadsheet lure; settings lie in a Gist and
// in picture bits.

rule SPOOR_APT_SLOPPYMIO_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the members and messages of the SloppyMIO implant"
        reference = "HarfangLab, TRR260101, 2026-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "SloppyMIO"
        actors = "Iran-aligned"
        attack = "T1102.001,T1027.003,T1053.005"
        severity = "critical"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SLOPPYMIO_IMPLANT"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $member1 = "AppVStreamingUXMainOff" ascii
        $member2 = "StegoLsb" ascii
        $member3 = "GistRawLink" ascii
        $member4 = "CompileDirectModuleCode" ascii
        $message = "FILE NOT FOUND IN GIST" wide
        $task = "MediaSyncTask" wide
        $folder = "\\WindowsMediaSync\\" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $metadata and (2 of ($member*) or $message or (any of ($member*) and any of ($task, $folder)))
}
