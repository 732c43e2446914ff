// Sliver: Go implant of an open framework. Obfuscated builds lose the source paths but
// keep the names of the protobuf messages.

rule SPOOR_TOOL_SLIVER_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the protobuf message names of Sliver implants"
        reference = "NCSC UK, \"Further TTPs associated with SVR cyber actors\", 2021-05"
        reference2 = "Microsoft, \"Looking for the Sliver lining\", 2022-08"
        reference3 = "BishopFox/sliver (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Sliver"
        actors = "APT29,many"
        attack = "S0633,T1071"
        severity = "high"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_SLIVER_IMPLANT"
        fp = "implants of authorised tests"

    strings:
        $path1 = "github.com/bishopfox/sliver/implant/sliver/" ascii
        $path2 = "bishopfox/sliver/protobuf" ascii
        $name1 = "InvokeSpawnDllReq" ascii
        $name2 = "SSHCommandReq" ascii
        $name3 = "BackdoorReq" ascii
        $name4 = "name=ReconnectIntervalSeconds" ascii
        $name5 = ").GetReconnectInterval" ascii
        $name6 = "ActiveC2" ascii
        $name7 = "main.RunSliver" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 64MB and
        (4 of ($name*) or (any of ($path*) and 2 of ($name*)))
}
