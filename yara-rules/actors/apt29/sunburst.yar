// SUNBURST: the class that was slipped into an Orion library in 2020. Its texts are
// compressed in the file, its hash constant is not.

rule SPOOR_APT_SUNBURST_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the class name and hash constant of the SUNBURST backdoor"
        reference = "FireEye, \"Highly Evasive Attacker Leverages SolarWinds Supply Chain\", 2020-12"
        reference2 = "MITRE ATT&CK S0559"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 95
        family = "SUNBURST"
        actors = "APT29"
        attack = "S0559,T1195.002"
        severity = "critical"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SUNBURST_IMPLANT"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $class = "OrionImprovementBusinessLayer" ascii
        // ldc.i8 6605813339339102567
        $constant = { 21 67 19 D8 A7 3B 90 AC 5B }
        $pipe = "583da945-62af-10e8-4902-a8f205c72b2e" wide
        $host = "avsvmcloud.com" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and $metadata and $class and
        any of ($constant, $pipe, $host)
}
