// MagicRAT: C++ backdoor on the Qt framework, which is linked in and makes it large.

rule SPOOR_APT_MAGICRAT_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the key and configuration file of MagicRAT"
        reference = "Cisco Talos, \"MagicRAT: Lazarus' latest gateway into victim networks\", 2022-09"
        reference2 = "MITRE ATT&CK S1182"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "MagicRAT"
        actors = "Lazarus,Andariel"
        attack = "S1182,T1071.001,T1053.005"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MAGICRAT_IMPLANT"

    strings:
        $key = "LR02DPt22R" ascii wide
        $file = "visual.1991-06.com.microsoft_sd.kit" ascii wide
        $name = "MagicMon" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        (($key and any of ($file, $name)) or ($file and any of ($key, $name)) or $file)
}
