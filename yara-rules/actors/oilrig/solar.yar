// Solar: .NET backdoor of 2021 whose classes carry names of the solar system; programs
// about astronomy do as well, hence the score.

rule SPOOR_APT_SOLAR_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds small .NET programs whose classes are the planets of the Solar backdoor"
        reference = "ESET, \"OilRig's Outer Space and Juicy Mix: Same ol' rig, new drill pipes\", 2023-09"
        reference2 = "MITRE ATT&CK S1166"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "Solar"
        actors = "OilRig"
        attack = "S1166,T1071.001"
        severity = "medium"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SOLAR_BACKDOOR"
        fp = "programs about astronomy"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $class1 = "Earth" ascii fullword
        $class2 = "Venus" ascii fullword
        $class3 = "Mercury" ascii fullword
        $class4 = "Solar" ascii fullword

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 1MB and
        $metadata and all of ($class*)
}
