// GraphicalNeutrino (SNOWYAMBER): loader of 2022-2023 behind a note-taking service.

rule SPOOR_APT_GRAPHICALNEUTRINO_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds programs that speak with a note-taking service and load the lure modules"
        reference = "Recorded Future, \"BlueBravo Uses Ambassador Lure to Deploy GraphicalNeutrino Malware\", 2023-01"
        reference2 = "CERT.PL, \"Espionage campaign linked to Russian intelligence services\", 2023-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "GraphicalNeutrino"
        actors = "APT29"
        attack = "T1102.002,T1574.001"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GRAPHICALNEUTRINO_LOADER"
        fp = "desktop clients of that service which ship BugSplat"

    strings:
        $api = "api.notion.com" ascii wide
        $page = "/v1/databases/" ascii wide
        $module1 = "BugSplatRc64.dll" ascii wide nocase
        $module2 = "AppvIsvSubsystems64.dll" ascii wide nocase
        $module3 = "7za.dll" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $api and $page and any of ($module*)
}
