// SparkRAT: open remote tool in Go; each of its words is common, so the package path is
// needed.

rule SPOOR_APT_SPARKRAT_CLIENT
{
    meta:
        author = "spoor project"
        description = "Finds Go programs with the package path of the open SparkRAT client"
        reference = "SparkRAT (source)"
        reference2 = "SentinelOne, \"DragonSpark | Attacks Evade Detection with SparkRAT and Golang Source Code Interpretation\", 2023-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "SparkRAT"
        actors = "many"
        attack = "T1219,T1071.001"
        severity = "high"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SPARKRAT_CLIENT"

    strings:
        $path = "/spark/client" ascii nocase
        $name = "Spark" ascii
        $msgpack = "msgpack" ascii
        $secret = "Secret" ascii
        $go = "Go build" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 64MB and
        $path and $go and 2 of ($name, $msgpack, $secret)
}
