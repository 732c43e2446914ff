// Koadic: open framework in the script languages of Windows.

rule SPOOR_TOOL_KOADIC_STAGE
{
    meta:
        author = "spoor project"
        description = "Finds the objects and request parameters of Koadic stages"
        reference = "zerosum0x0/koadic (source)"
        reference2 = "MITRE ATT&CK S0250"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "Koadic"
        actors = "MuddyWater,APT28,many"
        attack = "S0250,T1059.007,T1218.005"
        severity = "critical"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_KOADIC_STAGE"
        fp = "authorised tests"

    strings:
        $report = "Koadic.work.\x72eport" ascii
        $post = "Koadic.htt\x70.post" ascii
        $url = "~SCRIPTLE\x54URL~" ascii
        $name = "Koad\x69c." ascii
        $sid = "?si\x64=" ascii
        $csrf = "cs\x72f=;" ascii

    condition:
        filesize < 2MB and
        uint8(0) != 0x23 and uint16(0) != 0x5A4D and uint32be(0) != 0x3C21444F and
        (2 of ($report, $post, $url) or (any of ($report, $post) and any of ($sid, $csrf)) or ($sid and $csrf and $name))
}
