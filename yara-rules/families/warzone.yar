// Warzone (AveMaria): C++ remote control.

rule SPOOR_APT_WARZONE_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds the texts and elevation of Warzone and AveMaria"
        reference = "MITRE ATT&CK S0670"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "Warzone/AveMaria"
        actors = "many"
        attack = "S0670,T1219,T1548.002"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_WARZONE_PROGRAM"

    strings:
        $ave = "AVE_MARIA" ascii wide
        $key = "warzone160" ascii wide
        $name = "WARZONE" ascii wide
        $vision = "\\Microsoft Vision\\" ascii wide
        $ping = "cmd.exe /C ping 1.2.3.4 -n 2 -w 1000 > Nul & Del /f /q" ascii wide
        $elevate = "Elevation:Administrator!new:{3ad05575-8857-4850-9277-11b85bdb8e09}" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($key or 2 of ($ave, $name, $vision, $ping, $elevate))
}
