// BellaCiao: dropper and web shell of 2022-2024, later in C++; answers to DNS queries
// say what it does.

rule SPOOR_APT_BELLACIAO_DROPPER
{
    meta:
        author = "spoor project"
        description = "Finds the name, service and project of BellaCiao"
        reference = "Bitdefender, \"Unpacking BellaCiao: A Closer Look at Iran's Latest Malware\", 2023-04"
        reference2 = "Kaspersky, \"BellaCPP: Discovering a new BellaCiao variant written in C++\", 2024-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "BellaCiao"
        actors = "APT35"
        attack = "T1505.003,T1543.003,T1071.004"
        severity = "critical"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BELLACIAO_DROPPER"

    strings:
        $name = "BellaCiao" ascii wide
        $project = "MicrosoftAgentServices" ascii
        $service = "Microsoft Exchange Services Health" ascii wide
        $plink = "plink" ascii wide
        $aspx = ".aspx" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        (($name and any of ($project, $service, $aspx, $plink)) or ($project and any of ($service, $aspx)) or ($service and $aspx))
}
