// Industroyer (CrashOverride): launcher, protocol modules with the export Crash, and a
// wiper called haslo.

rule SPOOR_APT_INDUSTROYER_MODULE
{
    meta:
        author = "spoor project"
        description = "Finds the module and wiper file names of Industroyer with its export"
        reference = "ESET, \"WIN32/INDUSTROYER: A new threat for industrial control systems\", 2017-06"
        reference2 = "MITRE ATT&CK S0604"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Industroyer"
        actors = "Sandworm"
        attack = "S0604,T1485"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_INDUSTROYER_MODULE"

    strings:
        $wiper1 = "haslo.dat" ascii wide
        $wiper2 = "haslo.exe" ascii wide
        $module1 = "101.dll" ascii wide nocase
        $module2 = "104.dll" ascii wide nocase
        $module5 = "61850.exe" ascii wide
        $export = "Crash" ascii fullword

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        ((any of ($wiper*) and any of ($module*, $export)) or (all of ($module1, $module2, $module5) and $export))
}
