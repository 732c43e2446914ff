// GraphSteel and GrimPlant: Go backdoors of 2022 from one project called elephant.

rule SPOOR_APT_GRAPHSTEEL_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the project paths and false names of GraphSteel and GrimPlant"
        reference = "SentinelOne, \"Threat Actor UAC-0056 Targeting Ukraine with Fake Translation Software\", 2022-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "GraphSteel/GrimPlant"
        actors = "UAC-0056"
        attack = "T1071.001,T1555"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GRAPHSTEEL_IMPLANT"

    strings:
        $path = "elephant/internal/" ascii
        $name = "GraphSteel" ascii
        $exe1 = "java-sdk.exe" ascii wide
        $exe2 = "microsoft-cortana.exe" ascii wide
        $exe3 = "oracle-java.exe" ascii wide
        $grpc = "google.golang.org/grpc" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        (($path and any of ($name, $exe*, $grpc)) or ($name and any of ($exe*, $grpc)) or 2 of ($exe*))
}
