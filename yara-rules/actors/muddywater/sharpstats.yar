// SHARPSTATS: .NET helper of 2019 that uploads, downloads and runs, with an embedded
// PowerShell script.

rule SPOOR_APT_SHARPSTATS_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the key, scratch file and build path of SHARPSTATS"
        reference = "Trend Micro, report on new MuddyWater activities and POWERSTATS v3, 2019"
        reference2 = "MITRE ATT&CK S0450"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "SHARPSTATS"
        actors = "MuddyWater"
        attack = "S0450,T1105"
        severity = "critical"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SHARPSTATS_IMPLANT"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $key = "UHIRER874893UIUOFUGHEWROUIRGH35" wide
        $scratch = "temp_gh_12.dat" wide
        $pdb = "\\GoogleUpdate\\obj\\Release\\GoogleUpdate.pdb" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 4MB and $metadata and
        ($key or ($scratch and $pdb))
}
