// Remote desktop files that came by mail in 2024: the server is the sender's, and the
// drives of the reader are handed to it. Published applications of a company look the
// same: the host decides.

rule SPOOR_CARR_RDP_REDIRECT
{
    meta:
        author = "spoor project"
        description = "Finds remote desktop files that hand local drives to a foreign server"
        reference = "Microsoft, \"Midnight Blizzard conducts large-scale spear-phishing campaign using RDP files\", 2024-10"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "Container lures"
        actors = "APT29,many"
        attack = "T1566.001,T1021.001,T1219"
        severity = "medium"
        carriers = "any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_RDP_REDIRECT"
        fp = "published applications of the company"

    strings:
        $address = "full addr\x65ss:s:" ascii nocase
        $drives1 = "drivestored\x69rect:s:*" ascii nocase
        $drives2 = "redirectdr\x69ves:i:1" ascii nocase
        $app1 = "remoteapplicatio\x6Eprogram:s:" ascii nocase
        $app2 = "remoteapplicati\x6Fnmode:i:1" ascii nocase

    condition:
        filesize < 64KB and
        $address and any of ($drives*) and any of ($app*)
}
