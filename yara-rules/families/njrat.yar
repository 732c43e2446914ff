// njRAT (Bladabindi): .NET remote control.

rule SPOOR_APT_NJRAT_CLIENT
{
    meta:
        author = "spoor project"
        description = "Finds the separator and commands of njRAT"
        reference = "njRAT (builder)"
        reference2 = "MITRE ATT&CK S0385"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "njRAT"
        actors = "many"
        attack = "S0385,T1219,T1562.004"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_NJRAT_CLIENT"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        // |'|'|
        $split = { 7C 00 27 00 7C 00 27 00 7C 00 }
        $end = "[endof]" wide
        $firewall = "netsh firewall add allowedprogram" wide
        $zone = "SEE_MASK_NOZONECHECKS" wide
        $delete = "cmd.exe /c ping 0 -n 2 & del \"" wide
        $name = "njRAT" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        $metadata and (3 of ($split, $end, $firewall, $zone, $delete) or ($split and any of ($firewall, $delete, $end)) or ($name and any of ($split, $end)))
}
