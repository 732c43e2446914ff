// ASPXSpy: page for file work and commands; the default password is the MD5 of "admin".

rule SPOOR_WEB_ASPXSPY_PAGE
{
    meta:
        author = "spoor project"
        description = "Finds the title, password and controls of ASPXSpy"
        reference = "ASPXSpy (source)"
        reference2 = "MITRE ATT&CK S0073"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "ASPXSpy"
        actors = "APT39,APT41,Agrius,many"
        attack = "S0073,T1505.003"
        severity = "critical"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_ASPXSPY_PAGE"

    strings:
        $title = "ASPX\x53py" ascii
        $version = "ASPXSpy Ve\x72: 2009" ascii
        $password = "public string Password=\"21232f297a57a5\x61743894a0e4a801fc3\"" ascii
        $login = "Bin_Button_\x4Cogin" ascii
        $site = "www.rootkit.\x6Eet.cn" ascii

    condition:
        (uint16be(0) == 0x3C25 or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        filesize < 512KB and
        ($password or 2 of ($title, $login, $site) or $version)
}
