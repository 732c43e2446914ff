// Zebrocy: downloaders in Delphi, AutoIt, C#, Go. The start value is a generic one; it
// counts beside the survey commands.

rule SPOOR_APT_ZEBROCY_DOWNLOADER
{
    meta:
        author = "spoor project"
        description = "Finds the form, commands and start value of Zebrocy downloaders"
        reference = "ESET, \"A journey to Zebrocy land\", 2019-05"
        reference2 = "MITRE ATT&CK S0251"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Zebrocy"
        actors = "APT28"
        attack = "S0251,T1037.001,T1082"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ZEBROCY_DOWNLOADER"

    strings:
        $form = "TForm1.TIMER" ascii
        $value = "UserInitMprLogonScript" ascii wide
        $survey1 = "tasklist&systeminfo" ascii wide nocase
        $survey2 = "systeminfo&tasklist" ascii wide nocase
        $survey3 = "process get Capture,ExecutablePath" ascii wide nocase
        $path = "echo %APPDATA%" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ((any of ($survey*) and any of ($value, $path, $form)) or ($value and $path))
}
