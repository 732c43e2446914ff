// Internet shortcuts that lead to a share or a search of one.

rule SPOOR_CARR_URL_REMOTE
{
    meta:
        author = "spoor project"
        description = "Finds internet shortcuts that open a program or folder of a foreign server"
        reference = "Microsoft, CVE-2023-36025, 2023-11"
        reference2 = "Trend Micro, \"CVE-2024-21412: Water Hydra Targets Traders With Windows Defender SmartScreen Zero-Day\", 2024-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "Container lures"
        actors = "many"
        attack = "T1204.002,T1105"
        severity = "medium"
        carriers = "any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_URL_REMOTE"
        fp = "links of the company to a program on a share"

    strings:
        $head = "[InternetSh\x6Frtcut]" ascii nocase
        $file1 = "URL=f\x69le://" ascii nocase
        $file2 = "UR\x4C=\\\\" ascii nocase
        $search = "URL=sear\x63h-ms:" ascii nocase
        $dav1 = "\\DavWWW\x52oot\\" ascii nocase
        $dav2 = "@8\x30\\" ascii nocase
        $dav3 = "@SS\x4C\\" ascii nocase
        $ext1 = ".ex\x65" ascii nocase
        $ext2 = ".vb\x73" ascii nocase
        $ext3 = ".zi\x70" ascii nocase
        $ext4 = ".ln\x6B" ascii nocase
        $ext5 = ".ht\x61" ascii nocase
        $ext6 = ".cp\x6C" ascii nocase

    condition:
        filesize < 16KB and
        $head in (0..256) and ($search or (any of ($file*) and any of ($dav*, $ext*)))
}

rule SPOOR_CARR_SEARCH_MS_PAGE
{
    meta:
        author = "spoor project"
        description = "Finds pages and mails that open a search of a foreign share"
        reference = "Trellix, \"Beyond File Search: A Novel Method for Exploiting the search-ms URI Protocol Handler\", 2023-07"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "Container lures"
        actors = "many"
        attack = "T1204.001"
        severity = "medium"
        carriers = "html,mail"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_SEARCH_MS_PAGE"

    strings:
        $search = "searc\x68-ms:" ascii nocase
        $query = "que\x72y=" ascii nocase
        $crumb = "crumb=loc\x61tion:" ascii nocase
        $name = "display\x6Eame=" ascii nocase

    condition:
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C) and
        filesize < 8MB and
        $search and $query and $crumb and $name
}
