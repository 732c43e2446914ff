// Xeno RAT and its fork MoonPeak.

rule SPOOR_APT_XENORAT_CLIENT
{
    meta:
        author = "spoor project"
        description = "Finds the name spaces and task names of Xeno RAT"
        reference = "moom825/xeno-rat (source)"
        reference2 = "Cisco Talos, \"MoonPeak malware from North Korean actors unveils new details on attacker infrastructure\", 2024-08"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "Xeno RAT"
        actors = "Kimsuky,many"
        attack = "T1219,T1053.005"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_XENORAT_CLIENT"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $space = "xeno_rat_client" ascii
        $name1 = "xeno rat client" ascii wide
        $mutex = "Xeno_rat_nd8912d" wide
        $task1 = "Xeno-manager" wide
        $task2 = "XenoUpdateManager" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        $metadata and ($space or $mutex or 2 of ($name1, $task*))
}
