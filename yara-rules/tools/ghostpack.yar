// GhostPack: .NET tools that list a machine, its certificates and protected data.

rule SPOOR_TOOL_GHOSTPACK_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds the identifiers and names of Seatbelt, Certify, SharpDPAPI and SafetyKatz"
        reference = "GhostPack (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "GhostPack others"
        actors = "many"
        attack = "T1082,T1649,T1555"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_GHOSTPACK_PROGRAM"
        fp = "authorised tests"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $guid1 = "AEC32155-D589-4150-8FE7-2900DF4554C8" ascii wide nocase
        $guid2 = "64524ca5-e4d0-41b3-acc3-3bdbefd40c97" ascii wide nocase
        $guid3 = "5F026C27-F8E6-4052-B231-8451C6A73838" ascii wide nocase
        $space1 = "Seatbelt.Commands" ascii
        $message = "[*] Action: Find certificate templates" wide
        $name1 = "SharpDPAPI" ascii
        $name2 = "SafetyKatz" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $metadata and (any of ($guid*) or #space1 > 2 or $message or (#name1 > 2) or (#name2 > 2))
}
