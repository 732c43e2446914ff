// Maui: ransomware that an operator runs by hand on single folders.

rule SPOOR_APT_MAUI_RANSOMWARE
{
    meta:
        author = "spoor project"
        description = "Finds the key files and usage text of the Maui ransomware"
        reference = "CISA, Alert AA22-187A, 2022-07"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "Maui"
        actors = "Andariel"
        attack = "T1486"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MAUI_RANSOMWARE"

    strings:
        $file1 = "maui.key" ascii wide
        $file2 = "maui.evd" ascii wide
        $file3 = "maui.log" ascii wide
        $name = "maui.exe" ascii wide
        $message = "Unable to read public key info." ascii wide
        $usage = "[-t] [-x]" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (2 of ($file*) or (any of ($file*, $name) and any of ($message, $usage)))
}
