// GreyEnergy (FELIXROOT): two long texts are API names whose letters are interleaved.

rule SPOOR_APT_GREYENERGY_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the interleaved API names or project names of GreyEnergy"
        reference = "ESET, \"GreyEnergy: A successor to BlackEnergy\", 2018-10"
        reference2 = "MITRE ATT&CK S0342"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "GreyEnergy"
        actors = "Sandworm,GreyEnergy"
        attack = "S0342,T1027"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GREYENERGY_DLL"

    strings:
        $names1 = "WioGLtonuaptWmrnttfepgetneemVsnygnV" ascii
        $names2 = "PnSenariopoeKerGEtxrcy" ascii
        $names3 = "irnnaar-ite-ornaa-naa-asoeienaeaanlagoeas:acnuihaaa" ascii
        $key = "cbecbecbecbecbecbecbecbecbecbecb" ascii wide
        $felix = "felixroot" ascii wide
        $moon = "moonraker" ascii wide nocase
        $module = "thinmon.dll" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (any of ($names*) or ($key and any of ($felix, $moon, $module)) or ($felix and any of ($moon, $module)))
}
