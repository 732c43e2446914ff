// Havoc: open framework. Forks change headers and constants, hence the score.

rule SPOOR_TOOL_HAVOC_DEMON
{
    meta:
        author = "spoor project"
        description = "Finds the default headers and names of Havoc and its Demon"
        reference = "HavocFramework/Havoc (source)"
        reference2 = "Zscaler, \"Havoc Across the Cyberspace\", 2023-02"
        reference3 = "MITRE ATT&CK S1229"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Havoc"
        actors = "many"
        attack = "S1229,T1071.001"
        severity = "high"
        carriers = "pe,memory,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_HAVOC_DEMON"
        fp = "authorised tests"

    strings:
        $header1 = "X-Havoc-Agen\x74: Demon" ascii wide
        $header2 = "X-Havoc: \x74rue" ascii wide
        $uri1 = "/funny_ca\x74.gif" ascii wide
        $uri2 = "/text.\x67if" ascii wide
        $name1 = "demon.\x7864" ascii
        $spawn = "\\Werfaul\x74.exe" ascii wide
        $name2 = "HAV\x4FC" ascii

    condition:
        filesize < 64MB and
        uint8(0) != 0x3C and uint8(0) != 0x23 and
        (any of ($header*) and any of ($uri*, $name*, $spawn) or all of ($header*) or ($uri1 and any of ($uri2, $name1)) or ($name1 and any of ($name2, $spawn)))
}
