// Snaffler and ADRecon: searchers of shares and of the directory, used by auditors and
// by intruders.

rule SPOOR_TOOL_SNAFFLER_ADRECON
{
    meta:
        author = "spoor project"
        description = "Identifies Snaffler and ADRecon, which search shares and directories"
        reference = "SnaffCon/Snaffler (source)"
        reference2 = "adrecon/ADRecon (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "Snaffler/ADRecon/PingCastle/ADExplorer"
        actors = "many"
        attack = "T1083,T1087.002,T1135"
        severity = "medium"
        carriers = "dotnet,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_SNAFFLER_ADRECON"
        fp = "audits"

    strings:
        $snaff1 = "Snaff\x43on" ascii wide
        $snaff2 = "Snaff\x6Cer" ascii wide
        $report = "ADRecon-Repo\x72t.xlsx" ascii wide nocase
        $recon = "function Invoke-\x41DRecon" ascii wide nocase
        $recon2 = "ADRe\x63on" ascii wide

    condition:
        filesize < 32MB and
        uint8(0) != 0x3C and
        (all of ($snaff*) or ($report and #recon2 > 1) or $recon)
}
