// reGeorg and Neo-reGeorg: server pages that tunnel TCP through HTTP. The greeting is what
// the client waits for and is seldom changed.

rule SPOOR_WEB_REGEORG_PAGE
{
    meta:
        author = "spoor project"
        description = "Finds the greeting and headers of reGeorg tunnel pages"
        reference = "sensepost/reGeorg (source)"
        reference2 = "MITRE ATT&CK S1187"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "reGeorg/Neo-reGeorg"
        actors = "many"
        attack = "S1187,T1505.003,T1090"
        severity = "high"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_REGEORG_PAGE"

    strings:
        $neo = "NeoGeorg says, 'All seems fine'" ascii
        $greeting = "Georg says, 'All seems fine'" ascii
        $header1 = "X-CMD" ascii nocase
        $header2 = "X-TARGET" ascii nocase
        $header3 = "X-STATUS" ascii nocase

    condition:
        filesize < 256KB and
        // begins as a server page: <% or <? or a byte order mark and <
        (uint16be(0) == 0x3C25 or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        ($neo or ($greeting and 2 of ($header*)))
}
