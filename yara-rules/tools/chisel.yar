// chisel: open TCP tunnel over HTTP. A legitimate tool that many actors use: it is named,
// not judged.

rule SPOOR_TOOL_CHISEL_BINARY
{
    meta:
        author = "spoor project"
        description = "Identifies the chisel tunnel by its source paths and variables"
        reference = "jpillora/chisel (source)"
        reference2 = "SentinelOne, \"Wading Through Muddy Waters\", 2022-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "chisel"
        actors = "MuddyWater,many"
        attack = "T1572,T1090"
        severity = "medium"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_CHISEL_BINARY"
        fp = "administrators use it"

    strings:
        $path = "github.com/jpillora/chisel" ascii
        $part1 = "chisel/share/ccrypto" ascii
        $part2 = "tunnel.(*Tunnel).handleSSHChannel" ascii
        $part3 = "CHISEL_KEY_FILE" ascii
        $part4 = "CHISEL_CONNECT" ascii
        $part5 = "chisel/server.NewServer" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 64MB and
        (($path and any of ($part*)) or 3 of ($part*))
}
