// Quasar and its forerunner xRAT: open .NET remote control.

rule SPOOR_APT_QUASAR_CLIENT
{
    meta:
        author = "spoor project"
        description = "Finds the name spaces, mutex and key salt of Quasar and xRAT"
        reference = "quasar/Quasar (source)"
        reference2 = "MITRE ATT&CK S0262"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "QuasarRAT"
        actors = "APT10,Kimsuky,many"
        attack = "S0262,T1219"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_QUASAR_CLIENT"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $space1 = "Quasar.Client" ascii
        $space2 = "xClient.Core" ascii
        $logs = "GetKeyloggerLogsResponse" ascii
        $execute = "DoDownloadAndExecute" ascii
        $mutex = "QSR_MUTEX_" wide
        $name = "xRAT 2.0" wide
        $start = "Quasar Client Startup" wide
        $salt = { BF EB 1E 56 FB CD 97 3B B2 19 02 24 30 A5 78 43 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        $metadata and (any of ($mutex, $salt) or 2 of ($space*, $logs, $execute, $name, $start))
}
