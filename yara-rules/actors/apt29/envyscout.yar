// EnvyScout (ROOTSAW): HTML page that assembles a disc image and checks the path from
// which it was opened.

rule SPOOR_APT_ENVYSCOUT_PAGE
{
    meta:
        author = "spoor project"
        description = "Finds pages that build a disc image byte by byte and watch where they are opened"
        reference = "Microsoft, \"Breaking down NOBELIUM's latest early-stage toolset\", 2021-05"
        reference2 = "MITRE ATT&CK S0634"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "EnvyScout"
        actors = "APT29"
        attack = "S0634,T1027.006"
        severity = "medium"
        carriers = "html"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ENVYSCOUT_PAGE"

    strings:
        $path = "window.location.\x70athname" ascii
        $save = "saveAs(\x62lob" ascii
        $type1 = "application/x-\x63d-image" ascii
        $bytes = "new Uint8\x41rray(" ascii
        $char = "charCo\x64eAt" ascii

    condition:
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C) and
        filesize < 32MB and
        $path and $save and $type1 and any of ($bytes, $char)
}
