// Small Sieve (GRAMDOOR): Python backdoor of 2021-2022 that talks to a Telegram bot,
// packed by PyInstaller and handed out in an NSIS installer. The misspelt name of its
// run value is the marker; the Telegram address alone belongs to many programs.

rule SPOOR_APT_SMALL_SIEVE_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the bot token, run value and files of the Small Sieve backdoor"
        reference = "NCSC UK, \"Small Sieve malware analysis report\", 2022-01"
        reference2 = "CISA, Alert AA22-055A, 2022-02"
        reference3 = "MITRE ATT&CK S1035"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "Small Sieve"
        actors = "MuddyWater"
        attack = "S1035,T1102.002,T1547.001"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SMALL_SIEVE_IMPLANT"

    strings:
        $token = "AAGoitvpcx3SFZ2_6YzIs4La_kyDF1PbXrY" ascii wide
        $value = "OutlookMicrosift" ascii wide
        $data = "MicrosoftWindowsOutlookDataPlus.txt" ascii wide
        $gram = "gram_app.exe" ascii wide
        $argument = "Platypus" ascii wide fullword
        $api = "api.telegram.org/bot" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        ($token or ($value and any of ($data, $gram, $argument, $api)) or 3 of ($data, $gram, $argument, $api))
}

rule SPOOR_APT_SMALL_SIEVE_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds commands that install or start the Small Sieve backdoor"
        reference = "NCSC UK, \"Small Sieve malware analysis report\", 2022-01"
        reference2 = "CISA, Alert AA22-055A, 2022-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Small Sieve"
        actors = "MuddyWater"
        attack = "S1035,T1547.001"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SMALL_SIEVE_SCRIPT"

    strings:
        $value = "OutlookMic\x72osift" ascii wide nocase
        $path = "\\OutlookMicrosift\\\x69ndex.exe" ascii wide nocase
        $run = "CurrentVers\x69on\\Run" ascii wide nocase
        $start = "index.exe Pl\x61typus" ascii wide nocase
        $start2 = "gram_app.exe Pl\x61typus" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 1MB and
        (any of ($start*) or $path or ($value and $run))
}
