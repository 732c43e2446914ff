// Behinder (Ice Scorpion): pages whose default key is the start of the MD5 of
// "rebeyond".

rule SPOOR_WEB_BEHINDER_PAGE
{
    meta:
        author = "spoor project"
        description = "Finds the default key and class trick of Behinder pages"
        reference = "rebeyond/Behinder (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "Behinder"
        actors = "many"
        attack = "T1505.003,T1027"
        severity = "high"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_BEHINDER_PAGE"

    strings:
        $key = "e45e329feb\x35d925b" ascii
        $put = "session.putV\x61lue(\"u\",k)" ascii
        $loader = "class U extends Cla\x73sLoader" ascii
        $name = "rebey\x6Fnd" ascii
        $instance = "CreateInstance(\"U\").E\x71uals(this)" ascii
        $php1 = "$_SESSION['\x6B']=$key" ascii
        $php2 = "openssl_decrypt($post, \"\x41ES128\", $key)" ascii
        $load = "Assembly.\x4Coad" ascii

    condition:
        (uint16be(0) == 0x3C25 or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        filesize < 64KB and
        (($key and any of ($put, $loader, $name, $instance, $php*, $load)) or 2 of ($put, $loader, $instance, $php*))
}
