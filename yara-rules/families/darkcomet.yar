// DarkComet: Delphi remote control.

rule SPOOR_APT_DARKCOMET_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds the bot commands and key of DarkComet"
        reference = "MITRE ATT&CK S0334"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "DarkComet"
        actors = "many"
        attack = "S0334,T1219"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_DARKCOMET_PROGRAM"

    strings:
        $bot1 = "#BOT#VisitUrl" ascii
        $bot2 = "#BOT#SvrUninstall" ascii
        $key = "#KCMDDC51#-890" ascii
        $mutex = "DC_MUTEX-" ascii wide
        $persist = "DCPERSFWBP" ascii
        $data = "DCDATA" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        2 of them
}
