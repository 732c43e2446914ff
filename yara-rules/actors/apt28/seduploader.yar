// Seduploader (JHUHUGIT, GAMEFISH): first-stage downloader. The class is that of a
// genuine multimedia object.

rule SPOOR_APT_SEDUPLOADER_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the internal name, mutex or hijacked class of Seduploader"
        reference = "ESET, \"En Route with Sednit\", 2016"
        reference2 = "Cisco Talos, \"Cyber Conflict Decoy Document Used In Real Cyber Conflict\", 2017-10"
        reference3 = "MITRE ATT&CK S0044"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Seduploader"
        actors = "APT28"
        attack = "S0044,T1546.015"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SEDUPLOADER_DLL"

    strings:
        $name = "jhuhugit" ascii wide
        $mutex = "513AbTAsEpcq4mf6TEacB" ascii wide
        $file = "btecache.dll" ascii wide
        $font = "\"fontmgr\"" ascii wide
        $class = "BCDE0395-E52F-467C-8E3D-C4579291692E" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        ($mutex or ($name and any of ($file, $font, $class)) or ($file and any of ($class, $font)))
}
