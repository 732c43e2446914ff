// SharPyShell: ASPX page that compiles C# which the client sends encrypted.

rule SPOOR_WEB_SHARPYSHELL_PAGE
{
    meta:
        author = "spoor project"
        description = "Finds ASPX pages that compile what they decrypt as SharPyShell does"
        reference = "antonioCoco/SharPyShell (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "SharPyShell/pastebin ASPX"
        actors = "many"
        attack = "T1505.003,T1027.004"
        severity = "high"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_SHARPYSHELL_PAGE"

    strings:
        $name = "SharPyS\x68ell" ascii
        $short = "Shar\x50y" ascii
        $compile = "CompileAssemblyF\x72omSource" ascii
        $xor = "xor_enc\x72ypt" ascii

    condition:
        (uint16be(0) == 0x3C25 or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        filesize < 256KB and
        ($name or ($short and $compile) or ($compile and $xor))
}
