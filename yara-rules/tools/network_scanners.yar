// Network scanners that administrators and intruders use; presence only.

rule SPOOR_TOOL_NETWORK_SCANNER
{
    meta:
        author = "spoor project"
        description = "Identifies Advanced IP Scanner, SoftPerfect scanner, fscan and nbtscan"
        reference = "Famatech, Advanced IP Scanner"
        reference2 = "SoftPerfect, Network Scanner"
        reference3 = "shadow1ng/fscan (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 50
        family = "Network scanners"
        actors = "many"
        attack = "T1046,T1018,S0590"
        severity = "low"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_NETWORK_SCANNER"
        fp = "administrators use them"

    strings:
        // CompanyName, ProductName
        $famatech = "Famatech" wide
        $ipscan = "Advanced IP Scanner" wide
        $softperfect = "SoftPerfect" wide
        $netscan = "Network Scanner" wide
        $fscan = "shadow1ng/fscan" ascii
        $nbtscan = "nbtscan 1.0.35" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        (all of ($famatech, $ipscan) or all of ($softperfect, $netscan) or $fscan or $nbtscan)
}
