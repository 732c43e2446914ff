// web.config files that make the server run settings or pictures as pages.

rule SPOOR_TECH_WEB_CONFIG_CODE
{
    meta:
        author = "spoor project"
        description = "Finds server settings that map a harmless extension to code"
        reference = "MITRE ATT&CK T1505.003"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "PHP shells"
        actors = "many"
        attack = "T1505.003"
        severity = "medium"
        carriers = "script,any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TECH_WEB_CONFIG_CODE"

    strings:
        $config = "<configur\x61tion" ascii nocase
        $handler = "<handl\x65rs" ascii nocase
        $map1 = "path=\"web.c\x6Fnfig\"" ascii nocase
        $map2 = "path=\"*.co\x6Efig\"" ascii nocase
        $map3 = "path=\"*.\x70ng\"" ascii nocase
        $map4 = "path=\"*.\x6Apg\"" ascii nocase
        $map5 = "path=\"*.\x67if\"" ascii nocase
        $asp = "asp.d\x6Cl" ascii nocase
        $aspx = "System.Web.UI.PageHand\x6CerFactory" ascii nocase

    condition:
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C) and
        filesize < 64KB and
        $config in (0..512) and $handler and any of ($map*) and any of ($asp, $aspx)
}
