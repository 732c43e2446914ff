// PHP shells of many years: WSO, b374k, c99, r57, AntSword.

rule SPOOR_WEB_PHP_KNOWN_SHELL
{
    meta:
        author = "spoor project"
        description = "Finds the names and settings of well-known PHP shells"
        reference = "AntSwordProject (source)"
        reference2 = "b374k (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "PHP shells"
        actors = "many"
        attack = "T1505.003"
        severity = "high"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_PHP_KNOWN_SHELL"

    strings:
        $wso1 = "$default_action = 'F\x69lesMan'" ascii
        $wso2 = "Files\x4Dan" ascii
        $wso3 = "$default_ch\x61rset" ascii
        $b374k = "b37\x34k" ascii
        $b374k2 = "$GLOBALS['\x70ass']" ascii
        $c99 = "c99sh\x65ll" ascii
        $c99b = "c99\x73h_" ascii
        $r57 = "r57sh\x65ll" ascii
        $ant = "antSw\x6Frd" ascii

    condition:
        (uint32be(0) == 0x3C3F7068 or uint32be(0) == 0x3C3F0D0A or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        filesize < 512KB and
        ($wso1 or ($wso2 and $wso3) or ($b374k and $b374k2) or ($c99 and $c99b) or #r57 > 1 or #ant > 1 or #c99 > 2)
}

rule SPOOR_WEB_PHP_SMALL_EVAL
{
    meta:
        author = "spoor project"
        description = "Finds small PHP files that only run what a request brings"
        reference = "ANSSI and NSA, guidance on web shells, 2020"
        reference2 = "MITRE ATT&CK T1505.003"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 78
        family = "PHP shells"
        actors = "many"
        attack = "T1505.003,T1027"
        severity = "high"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_PHP_SMALL_EVAL"
        fp = "examples of an unsafe page in a course"

    strings:
        $e1 = /(eval|assert)\s{0,4}\(\s{0,4}(base64_decode|gzinflate|str_rot13|gzuncompress)?\s{0,2}\(?\s{0,4}\$_(POST|GET|REQUEST|COOKIE)\s{0,2}\[/
        $e2 = /(system|passthru|shell_exec|popen|proc_open)\s{0,4}\(\s{0,4}\$_(POST|GET|REQUEST|COOKIE)\s{0,2}\[/
        $e3 = /\$_(POST|GET|REQUEST|COOKIE)\[['"][a-z0-9]{1,16}['"]\]\s{0,2}\(\s{0,2}\$_(POST|GET|REQUEST|COOKIE)\[/
        $e4 = /preg_replace\s{0,2}\(\s{0,2}["']\/[^"'\n]{1,8}\/e["'],\s{0,2}\$_(POST|GET|REQUEST)/

    condition:
        (uint32be(0) == 0x3C3F7068 or uint32be(0) == 0x3C3F0D0A or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        filesize < 2KB and
        any of them
}

rule SPOOR_WEB_PHP_ENCODED_SHELL
{
    meta:
        author = "spoor project"
        description = "Finds PHP files that evaluate what they unpack, with limits and messages off"
        reference = "MITRE ATT&CK T1505.003"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 55
        family = "PHP shells"
        actors = "many"
        attack = "T1505.003,T1027.010"
        severity = "low"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_PHP_ENCODED_SHELL"
        fp = "licence checks of commercial PHP software"

    strings:
        $e1 = /eval\s{0,2}\(\s{0,2}(gzinflate|gzuncompress|str_rot13|gzdecode)\s{0,2}\(\s{0,2}(base64_decode|str_rot13|gzinflate)\s{0,2}\(/ nocase
        $ini = "set_time_l\x69mit(0)" ascii
        $off = "error_repor\x74ing(0)" ascii

    condition:
        (uint32be(0) == 0x3C3F7068 or uint32be(0) == 0x3C3F0D0A or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        filesize < 1MB and
        $e1 and any of ($ini, $off)
}
