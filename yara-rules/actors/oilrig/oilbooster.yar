// OilBooster: downloader of 2022 that keeps its orders in a cloud drive; each text is
// ordinary, all three together are asked for.

rule SPOOR_APT_OILBOOSTER_DOWNLOADER
{
    meta:
        author = "spoor project"
        description = "Finds the folder and request paths of the OilBooster downloader"
        reference = "ESET, \"OilRig's persistent attacks using cloud service-powered downloaders\", 2023-12"
        reference2 = "MITRE ATT&CK S1172"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "OilBooster"
        actors = "OilRig"
        attack = "S1172,T1102.002"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_OILBOOSTER_DOWNLOADER"

    strings:
        $graph = "graph.microsoft.com/v1.0/users" ascii wide
        $items = "/items" ascii wide
        $folder = "tempFiles" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        all of them
}
