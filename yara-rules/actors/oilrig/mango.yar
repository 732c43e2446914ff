// Mango (Menorah): successor of Solar, 2022-2023. The task is named like that of a cloud
// drive.

rule SPOOR_APT_MANGO_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the build path, task and lure of the Mango backdoor"
        reference = "ESET, \"OilRig's Outer Space and Juicy Mix: Same ol' rig, new drill pipes\", 2023-09"
        reference2 = "Trend Micro, \"APT34 Deploys Phishing Attack With New Malware\", 2023-09"
        reference3 = "MITRE ATT&CK S1169"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Mango"
        actors = "OilRig"
        attack = "S1169,T1053.005"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MANGO_BACKDOOR"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $pdb = "Mango.pdb" ascii
        $name = "Menorah.exe" ascii wide
        $task = "OneDriveStandaloneUpdater" ascii wide
        $doc = "MyCV.doc" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 4MB and
        $metadata and 2 of ($pdb, $name, $task, $doc)
}
