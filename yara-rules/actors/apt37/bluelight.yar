// BLUELIGHT: implant that lives in a cloud drive.

rule SPOOR_APT_BLUELIGHT_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the JSON fields by which BLUELIGHT takes its cloud access"
        reference = "Volexity, \"North Korean APT InkySquid Infects Victims Using Browser Exploits\", 2021-08"
        reference2 = "MITRE ATT&CK S0657"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "BLUELIGHT"
        actors = "APT37"
        attack = "S0657,T1102.002"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BLUELIGHT_IMPLANT"

    strings:
        $refresh = "\"acc_refr\"" ascii wide
        $graph = "graph.microsoft.com" ascii wide
        $token = "\"refresh_token\"" ascii wide
        $login = "login.microsoftonline.com" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $refresh and any of ($graph, $token, $login)
}
