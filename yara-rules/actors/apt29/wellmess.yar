// WellMess: backdoor in Go and .NET with its own tags in cookies.

rule SPOOR_APT_WELLMESS_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the library names and tags of the WellMess backdoor"
        reference = "NCSC UK, \"APT29 targets COVID-19 vaccine development\", 2020-07"
        reference2 = "MITRE ATT&CK S0514"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "WellMess"
        actors = "APT29"
        attack = "S0514,T1071.001"
        severity = "critical"
        carriers = "pe,elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_WELLMESS_IMPLANT"

    strings:
        $lib1 = "botlib.Wellmess" ascii
        $lib2 = "botlib.GetRandomBytes" ascii
        $name = "WellMess" ascii
        $tag = "<;head;>" ascii wide

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and
        filesize < 16MB and
        (2 of ($lib*) or (any of ($lib*, $name) and $tag))
}
