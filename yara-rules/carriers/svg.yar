// SVG pictures as mail attachments: a browser opens them and runs their scripts.

rule SPOOR_CARR_SVG_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds pictures in SVG that carry a script which saves or opens something"
        reference = "MITRE ATT&CK T1027.006"
        reference2 = "Sophos, \"Scalable Vector Graphics files pose a novel phishing threat\", 2025-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "HTML smuggling"
        actors = "many"
        attack = "T1027.006,T1566.001"
        severity = "medium"
        carriers = "html"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_SVG_SCRIPT"
        fp = "interactive diagrams"

    strings:
        $svg = "<sv\x67" ascii nocase
        $script = "<scri\x70t" ascii nocase
        $decode1 = "at\x6Fb(" ascii
        $decode2 = "fromChar\x43ode" ascii
        $go1 = "window.loc\x61tion" ascii
        $go2 = "location.\x68ref" ascii
        $go3 = "createObje\x63tURL" ascii
        $go4 = "location.re\x70lace" ascii
        $html = "<ht\x6Dl" ascii nocase

    condition:
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C) and
        filesize < 8MB and
        $svg in (0..512) and not $html in (0..256) and $script and any of ($decode*) and any of ($go*)
}
