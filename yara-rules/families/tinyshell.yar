// TinyShell (tsh): open Unix backdoor in many appliances; its 16-byte challenge is what
// the client sends first.

rule SPOOR_APT_TINYSHELL_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the challenge of the TinyShell protocol"
        reference = "creaktive/tsh (source)"
        reference2 = "Mandiant, \"Have Your Cake and Eat it Too? An Overview of UNC2891\", 2022-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "TinyShell"
        actors = "UNC3886,many"
        attack = "T1071,T1573.001"
        severity = "critical"
        carriers = "elf,macho,pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_TINYSHELL_BACKDOOR"

    strings:
        $challenge = { 58 90 AE 86 F1 B9 1C F6 29 83 95 71 1D DE 58 0D }

    condition:
        filesize < 16MB and
        (uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF or uint16(0) == 0x5A4D) and
        $challenge
}
