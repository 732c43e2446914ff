// plink: a legitimate SSH client that intruders use for tunnels, often under the name of
// a system file; the host keys in the registry tell where it went.

rule SPOOR_TOOL_PLINK_BINARY
{
    meta:
        author = "spoor project"
        description = "Identifies plink, the command line part of PuTTY"
        reference = "PuTTY, documentation"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 45
        family = "plink/putty"
        actors = "APT35,MuddyWater,many"
        attack = "T1572,T1021.004"
        severity = "low"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_PLINK_BINARY"
        fp = "administrators use it"

    strings:
        $text = "Plink: command-line connection utility" ascii
        $author = "Simon Tatham" ascii wide
        // OriginalFilename = Plink
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 50 00 6C 00 69 00 6E 00 6B 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        $author and any of ($text, $original)
}
