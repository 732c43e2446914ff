// Blackout: backdoor of 2024 that looks like a visitor of a small web site. One path
// says nothing, so all four or a host of its own are asked for.

rule SPOOR_APT_BLACKOUT_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the request paths and hosts of the Blackout backdoor"
        reference = "Israel National Cyber Directorate, report on MuddyWater, 2025-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Blackout"
        actors = "MuddyWater"
        attack = "T1071.001,T1105"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BLACKOUT_IMPLANT"

    strings:
        $task = "/questi\x6Fns" ascii wide
        $result = "/abou\x74-us" ascii wide
        $upload = "/awar\x64s/" ascii wide
        $download = "/supp\x6Frt/" ascii wide
        $module = "Revoke.\x64ll" ascii wide
        $host1 = "magicallyd\x61y.com" ascii wide
        $host2 = "1drv.busi\x6Eess" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (all of ($task, $result, $upload, $download) or (any of ($host*) and 2 of ($task, $result, $upload, $download, $module)))
}
