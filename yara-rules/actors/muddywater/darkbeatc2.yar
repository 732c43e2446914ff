// DarkBeatC2: PowerShell pollers of 2024, loaded through the AutodialDLL value of
// WinSock. One byte of each text marker is written as \x.. so that this file does not
// match itself.

rule SPOOR_APT_DARKBEATC2_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the request paths, log file and hijacked value of DarkBeatC2 scripts"
        reference = "Deep Instinct, \"DarkBeatC2: The Latest MuddyWater Attack Framework\", 2024-04"
        reference2 = "Kaspersky ICS CERT, APT and financial attacks on industrial organizations in Q2 2024"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "DarkBeatC2"
        actors = "MuddyWater"
        attack = "T1059.001,T1112"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_DARKBEATC2_SCRIPT"

    strings:
        $uri1 = "/zero/89461\x372/" ascii
        $uri2 = "/zero/78781\x323/" ascii
        $uri3 = "/setting/89552\x324/" ascii
        $host1 = "googleonline\x65.com" ascii nocase
        $host2 = "microsoft-c\x6Frp.com" ascii nocase
        $value = "WinSock2\\Parameters\\AutodialD\x4CL" ascii nocase
        $value_name = "AutodialD\x4CL" ascii nocase
        $log = "SysInt.l\x6Fg" ascii nocase

    condition:
        filesize < 1MB and uint8(0) != 0x3C and uint16(0) != 0x5A4D and
        (2 of ($uri*) or (any of ($uri*) and any of ($host*, $value, $value_name, $log)) or
         ($value_name and $log))
}
