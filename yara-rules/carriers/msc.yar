// Console files (GrimResource, 2024).

rule SPOOR_CARR_MSC_REDIRECT
{
    meta:
        author = "spoor project"
        description = "Finds console files that run script through a resource library"
        reference = "Elastic Security Labs, \"GrimResource - Microsoft Management Console for initial access and evasion\", 2024-06"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Container lures"
        actors = "Kimsuky,many"
        attack = "T1218.014,T1204.002"
        severity = "high"
        carriers = "any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_MSC_REDIRECT"

    strings:
        $root = "<MMC_Consol\x65File" ascii
        $redirect = "apds.dll/redirect.html?targ\x65t=javascript:" ascii nocase
        $js1 = "javasc\x72ipt:" ascii nocase
        $js2 = "transfor\x6DNode" ascii nocase

    condition:
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C) and
        filesize < 8MB and
        $root in (0..512) and ($redirect or ($js1 and $js2))
}

rule SPOOR_CARR_MSC_COMMAND
{
    meta:
        author = "spoor project"
        description = "Finds console files whose task runs an interpreter"
        reference = "MITRE ATT&CK T1218.014"
        reference2 = "Genians, report on Kimsuky MSC files, 2024-05"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "Container lures"
        actors = "Kimsuky,many"
        attack = "T1218.014,T1204.002"
        severity = "medium"
        carriers = "any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_MSC_COMMAND"
        fp = "task pads of administrators"

    strings:
        $root = "<MMC_Consol\x65File" ascii
        $task = "<Ta\x73k" ascii
        $cmd1 = "powers\x68ell" ascii nocase
        $cmd2 = "cmd.e\x78e" ascii nocase
        $cmd3 = "msh\x74a" ascii nocase
        $type = "Command\x4Cine" ascii nocase

    condition:
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C) and
        filesize < 8MB and
        $root in (0..512) and $task and $type and any of ($cmd*)
}
