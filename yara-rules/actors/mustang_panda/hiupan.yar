// HIUPAN (U2DiskWatch): USB worm of 2024 that carries PUBLOAD.

rule SPOOR_APT_HIUPAN_WORM
{
    meta:
        author = "spoor project"
        description = "Finds the file pair and setting of the HIUPAN USB worm"
        reference = "Trend Micro, \"Earth Preta Evolves its Attacks with New Malware and Strategies\", 2024-09"
        reference2 = "MITRE ATT&CK S1230"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "HIUPAN"
        actors = "Mustang Panda"
        attack = "S1230,T1091,T1564.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_HIUPAN_WORM"

    strings:
        $exe = "UsbConfig.exe" ascii wide
        $dll = "u2ec.dll" ascii wide
        $ini = "$.ini" ascii wide
        $hidden = "ShowSuperHidden" ascii wide
        $folder = "Explorer\\Advanced" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (($exe and any of ($dll, $ini)) or ($dll and $ini) or ($ini and $hidden and $folder))
}
