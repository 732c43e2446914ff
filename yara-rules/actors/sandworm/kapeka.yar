// Kapeka (QUEUESEED): backdoor in a Word add-in file (.wll) that keeps its settings in a
// value named Seed.

rule SPOOR_APT_KAPEKA_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the task, marker and key path of the Kapeka backdoor"
        reference = "WithSecure, \"KAPEKA: A novel backdoor spotted in Eastern Europe\", 2024-04"
        reference2 = "MITRE ATT&CK S1190"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Kapeka"
        actors = "Sandworm"
        attack = "S1190,T1053.005,T1112"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_KAPEKA_BACKDOOR"

    strings:
        $task = "Sens Api" ascii wide
        $marker = "crdss" ascii wide
        $key = "Microsoft\\Cryptography\\Providers\\" ascii wide
        $seed = "Seed" ascii wide
        $ext = ".wll" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (($task and any of ($marker, $key, $ext)) or ($marker and $key) or ($key and $seed and $ext))
}
