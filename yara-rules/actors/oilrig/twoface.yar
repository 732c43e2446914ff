// TwoFace (HyperShell, HighShell): ASPX shells whose loader hides the second page.

rule SPOOR_APT_TWOFACE_WEBSHELL
{
    meta:
        author = "spoor project"
        description = "Finds server pages with the form fields and names of the TwoFace web shells"
        reference = "Unit 42, \"TwoFace Webshell: Persistent Access Point for Lateral Movement\", 2017-07"
        reference2 = "MITRE ATT&CK S0185"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "TwoFace"
        actors = "OilRig"
        attack = "S0185,T1505.003"
        severity = "high"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_TWOFACE_WEBSHELL"

    strings:
        $name1 = "HyperS\x68ell" ascii
        $name2 = "HighSh\x65ll" ascii
        $field1 = "pw\x64=" ascii
        $field2 = "pr\x6F=" ascii
        $field3 = "up\x6C=" ascii
        $field4 = "ne\x6E=" ascii
        $page = "<%@ Pa\x67e" ascii nocase

    condition:
        (uint16be(0) == 0x3C25 or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        filesize < 512KB and
        $page and (any of ($name*) or all of ($field*))
}
