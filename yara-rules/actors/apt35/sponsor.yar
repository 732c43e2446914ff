// Sponsor: backdoor of 2021-2022 that reads its server from a text file which batch
// files write.

rule SPOOR_APT_SPONSOR_SERVICE
{
    meta:
        author = "spoor project"
        description = "Finds the batch files and service of the Sponsor backdoor"
        reference = "ESET, \"Sponsor with batch-filed whiskers: Ballistic Bobcat's scan and strike backdoor\", 2023-09"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Sponsor"
        actors = "Ballistic Bobcat"
        attack = "T1543.003,T1036"
        severity = "high"
        carriers = "pe,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SPONSOR_SERVICE"

    strings:
        $service = "SystemNe\x74work" ascii wide fullword
        $node = "node.\x62at" ascii wide nocase
        $install = "Instal\x6C.bat" ascii wide nocase
        $uninstall = "Uninstal\x6C.bat" ascii wide nocase
        $config = "config.\x74xt" ascii wide
        $error = "error.\x74xt" ascii wide

    condition:
        filesize < 8MB and
        uint8(0) != 0x3C and
        (($service and 2 of ($node, $install, $uninstall, $config, $error)) or ($node and $uninstall and $config and $error))
}
