// SaintBot and OutSteel: downloader and document stealer of 2021-2022.

rule SPOOR_APT_SAINTBOT_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds the name, folder and commands of SaintBot and OutSteel"
        reference = "Unit 42, \"Spear Phishing Attacks Target Organizations in Ukraine, Payloads Include the Document Stealer OutSteel and the Downloader SaintBot\", 2022-02"
        reference2 = "MITRE ATT&CK S1018"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "SaintBot/OutSteel"
        actors = "TA471"
        attack = "S1018,T1119,T1041"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SAINTBOT_PROGRAM"

    strings:
        $name = "saintbot" ascii wide nocase
        $folder = "\\zz%USERNAME%" ascii wide nocase
        $movie = "slideshow.mp4" ascii wide
        $upload = "/upld/" ascii wide
        $list = "cmd /U /C DIR \"\\Users\\" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($list and any of ($upload, $movie, $folder) or ($name and any of ($folder, $movie, $upload)) or ($folder and $movie))
}
