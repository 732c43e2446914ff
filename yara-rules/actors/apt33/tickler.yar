// Tickler: backdoor of 2024 that starts as SharePoint.exe.

rule SPOOR_APT_TICKLER_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the run value and lure names of the Tickler backdoor"
        reference = "Microsoft, \"Peach Sandstorm deploys new custom Tickler malware in long-running intelligence gathering operations\", 2024-08"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "Tickler"
        actors = "APT33"
        attack = "T1547.001,T1574.001,T1036.007"
        severity = "high"
        carriers = "pe,archive,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_TICKLER_BACKDOOR"

    strings:
        $lure = "YAHSAT NETWORK_INFRASTRUCTURE_SECUR\x49TY_GUIDE_20240421" ascii wide
        $archive = "Network Secur\x69ty.zip" ascii wide
        $run = "CurrentVers\x69on\\Run" ascii wide nocase
        $exe = "SharePoi\x6Et.exe" ascii wide nocase

    condition:
        filesize < 64MB and
        uint8(0) != 0x3C and
        ($lure or ($archive and $exe) or ($run and $exe and $archive))
}
