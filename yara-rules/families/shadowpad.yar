// ShadowPad: modular platform shared by several actors. The code is encrypted; only
// loaders that name their pair are found.

rule SPOOR_APT_SHADOWPAD_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds loaders that name several of the side-load pairs of ShadowPad"
        reference = "Kaspersky, \"ShadowPad in corporate networks\", 2017-08"
        reference2 = "SentinelOne, \"ShadowPad: A Masterpiece of Privately Sold Malware in Chinese Espionage\", 2021-08"
        reference3 = "MITRE ATT&CK S0596"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "ShadowPad"
        actors = "APT41,many"
        attack = "S0596,T1574.001"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SHADOWPAD_LOADER"

    strings:
        $dat = "log.dll.dat" ascii wide
        $dll1 = "nssock2.dll" ascii wide nocase
        $dll2 = "TosBtKbd.dll" ascii wide nocase
        $dll3 = "iviewers.dll" ascii wide nocase
        $exe1 = "BDReinit.exe" ascii wide
        $log = "log.dll" ascii wide fullword

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (($dat and any of ($exe1, $log)) or 3 of ($dll*, $exe1))
}
