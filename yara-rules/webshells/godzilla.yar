// Godzilla: pages for JSP, ASPX and PHP that run what the client sends encrypted. The
// default key is the start of the MD5 of "key".

rule SPOOR_WEB_GODZILLA_PAGE
{
    meta:
        author = "spoor project"
        description = "Finds the default key, class and session names of Godzilla pages"
        reference = "BeichenDream/Godzilla (source)"
        reference2 = "CISA, Alert AA21-259A, 2021-09"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "Godzilla"
        actors = "APT27,many"
        attack = "T1505.003,T1027"
        severity = "high"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_GODZILLA_PAGE"

    strings:
        $key = "3c6e0b8a9c\x315224a" ascii
        $xc = "Strin\x67 xc=\"" ascii
        $pass = "pass=\"p\x61ss\"" ascii
        $info = "getBasic\x73Info" ascii
        $md5 = "md5(pas\x73+xc)" ascii
        $loader = "class X extends Cla\x73sLoader" ascii
        $session = "context.Session[\"\x70ayload\"]" ascii
        $crypt = "public byte[] x(byte[] s,\x62oolean m)" ascii

    condition:
        (uint16be(0) == 0x3C25 or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        filesize < 64KB and
        (($key and any of ($xc, $pass, $info, $md5, $loader, $session, $crypt)) or 2 of ($md5, $loader, $session, $crypt) or ($xc and $loader) or ($info and $session))
}
