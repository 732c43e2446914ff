// Graphite: implant of 2021-2022 that talks through OneDrive. Facts are those of one
// report.

rule SPOOR_APT_GRAPHITE_HIJACK
{
    meta:
        author = "spoor project"
        description = "Finds the class and module names of the Graphite loaders in one program"
        reference = "Trellix, \"Prime Minister's Office Compromised\", 2022-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "Graphite"
        actors = "APT28"
        attack = "T1546.015,T1102.002"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GRAPHITE_HIJACK"

    strings:
        $class = "D9144DCD-E998-4ECA-AB6A-DCD83CCBA16D" ascii wide nocase
        $name1 = "DFMig.dll" ascii wide nocase
        $name2 = "ServiceHub.TestWindowStoreHost.dll" ascii wide nocase
        $graph = "graph.microsoft.com" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (($class and any of ($name*, $graph)) or (any of ($name*) and $graph))
}
