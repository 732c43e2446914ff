// Fantasy and Sandals: wiper and spreader of 2022, brought by the update of a software
// house.

rule SPOOR_APT_FANTASY_WIPER
{
    meta:
        author = "spoor project"
        description = "Finds the file names of the Fantasy wiper and its spreader"
        reference = "ESET, \"Fantasy - a new Agrius wiper deployed through a supply-chain attack\", 2022-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Fantasy/Sandals"
        actors = "Agrius"
        attack = "T1485,T1021.002"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_FANTASY_WIPER"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $wiper1 = "fantasy35.exe" ascii wide
        $wiper2 = "fantasy45.exe" ascii wide
        $bat1 = "registry.bat" ascii wide
        $bat2 = "remover.bat" ascii wide
        $exe1 = "spchost.exe" ascii wide
        $exe2 = "host2ip.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $metadata and (2 of ($wiper*, $exe1) or (any of ($wiper*, $exe1) and any of ($bat*, $exe2)) or (all of ($bat*) and $exe2))
}
