// Apostle: .NET wiper of 2021, later ransomware.

rule SPOOR_APT_APOSTLE_WIPER
{
    meta:
        author = "spoor project"
        description = "Finds the project name and path of the Apostle wiper"
        reference = "SentinelOne, \"From Wiper to Ransomware: The Evolution of Agrius\", 2021-05"
        reference2 = "MITRE ATT&CK S1133"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "Apostle"
        actors = "Agrius"
        attack = "S1133,T1485,T1486"
        severity = "critical"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_APOSTLE_WIPER"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $pdb = "wiper-action.pdb" ascii
        $project = "wiper-action" ascii wide
        $name = "Apostle" ascii wide
        $lock = ".lock" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        $metadata and ($pdb or ($project and any of ($name, $lock)))
}
