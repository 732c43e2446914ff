// UDPGangster: UDP backdoor of 2025 (port 1269 or 1259), dropped by Office macros.

rule SPOOR_APT_UDPGANGSTER_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the mutex, build paths or drop files of UDPGangster"
        reference = "Fortinet, \"UDPGangster Campaigns Target Multiple Countries\", 2025-12"
        reference2 = "Unit 42, report on Boggy Serpens, 2026-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "UDPGangster"
        actors = "MuddyWater"
        attack = "T1095,T1547.001"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_UDPGANGSTER_IMPLANT"

    strings:
        $mutex = "xhxhxhxhxhxpp" ascii wide
        $pdb1 = "\\release_86\\udp_3.0.pdb" ascii
        $pdb2 = "\\source\\repos\\udp_3.0 - Copy" ascii
        $copy = "\\RoamingLow\\SystemProc.exe" ascii wide
        $drop = "C:\\Users\\Public\\ui.txt" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (any of ($mutex, $pdb*) or ($copy and $drop))
}
