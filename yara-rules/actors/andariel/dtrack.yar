// Dtrack (Preft): spy tool and backdoor that packs what it lists into a protected
// archive.

rule SPOOR_APT_DTRACK_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the commands, log and folder of the Dtrack backdoor"
        reference = "Kaspersky, \"DTrack: previously unknown spy-tool by Lazarus hits financial institutions and research centers\", 2019-09"
        reference2 = "MITRE ATT&CK S0567"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Dtrack"
        actors = "Andariel"
        attack = "S0567,T1083,T1217"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_DTRACK_IMPLANT"

    strings:
        $ping = "ping -n 3 127.0.0.1 > NUL & echo EEEE >" ascii
        $log = "Execute_%s.log" ascii wide
        $folder = "MpTTemp" ascii wide
        $survey = "ipconfig /all" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        (($ping and any of ($log, $folder, $survey)) or ($log and $folder))
}
