// ligolo and ligolo-ng: reverse tunnels in Go.

rule SPOOR_TOOL_LIGOLO_BINARY
{
    meta:
        author = "spoor project"
        description = "Identifies the ligolo tunnel by its package paths and functions"
        reference = "nicocha30/ligolo-ng (source)"
        reference2 = "sysdream/ligolo (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "ligolo/ligolo-ng"
        actors = "MuddyWater,many"
        attack = "T1572,T1090"
        severity = "medium"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_LIGOLO_BINARY"
        fp = "authorised tests"

    strings:
        $path1 = "github.com/sysdream/ligolo" ascii
        $path2 = "github.com/nicocha30/ligolo-ng" ascii
        $path3 = "nicocha30/ligolo-ng/cmd/agent" ascii
        $func1 = "main.LigoloRelay.Start" ascii
        $func2 = "main.StartLigolo" ascii
        $func3 = "LigoloDecoder" ascii
        $text1 = "Ligolo starts a socks5 proxy server" ascii
        $text2 = "@Nicocha30!" ascii
        $relay = "localrelay" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 128MB and
        (any of ($path*) and any of ($func*, $text*, $relay, $path3) or any of ($func1, $func2) or all of ($text*))
}
