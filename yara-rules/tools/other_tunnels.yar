// Tunnels and port forwarders in Go, Rust and C; named, not judged.

rule SPOOR_TOOL_TUNNEL_OTHER
{
    meta:
        author = "spoor project"
        description = "Identifies gost, iox, revsocks, rathole, nps and dnscat2"
        reference = "ginuerzh/gost (source)"
        reference2 = "EddieIvan01/iox (source)"
        reference3 = "ehang-io/nps (source)"
        reference4 = "iagox86/dnscat2 (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "Other tunnels"
        actors = "many"
        attack = "T1572,T1090"
        severity = "medium"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_TUNNEL_OTHER"
        fp = "administrators use them"

    strings:
        $gost = "github.com/ginuerzh/gost" ascii
        $iox = "github.com/EddieIvan01/iox" ascii
        $revsocks = "kost/revsocks" ascii
        $nps = "ehang.io/nps" ascii
        $dnscat = "dnscat2" ascii
        $dnscat_cmd = "dnscat:" ascii
        $rathole = "rathole::" ascii
        $lcx = "lcx_tran" ascii
        $rcsocks = "rcsocks" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 128MB and
        (any of ($gost, $iox, $revsocks, $nps) or ($dnscat and $dnscat_cmd) or ($lcx and $rcsocks) or #rathole > 3)
}
