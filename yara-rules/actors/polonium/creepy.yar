// The Creepy set: backdoors of 2021-2022 in .NET and C++, each named after the way it
// reports.

rule SPOOR_APT_CREEPY_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the names of the Creepy backdoors and their cloud stores"
        reference = "ESET, \"POLONIUM targets Israel with Creepy malware\", 2022-10"
        reference2 = "Microsoft, \"Exposing POLONIUM activity and infrastructure targeting Israeli organizations\", 2022-06"
        reference3 = "MITRE ATT&CK S1023"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Creepy set"
        actors = "POLONIUM"
        attack = "S1023,T1102.002"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_CREEPY_BACKDOOR"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $name1 = "DeepCreep" ascii
        $name2 = "MegaCreep" ascii
        $name3 = "TechnoCreep" ascii
        $name4 = "PapaCreep" ascii
        $name5 = "FlipCreep" ascii
        $pool = "ThreadPool" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $metadata and (any of ($name*) and $pool or 2 of ($name*))
}
