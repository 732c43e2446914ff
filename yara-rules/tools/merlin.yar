// Merlin, SuperShell and reverse_ssh: Go agents; nps is among the other tunnels.

rule SPOOR_TOOL_MERLIN_SUPERSHELL
{
    meta:
        author = "spoor project"
        description = "Finds Merlin agents and reverse SSH shells by their package paths"
        reference = "Ne0nd0g/merlin (source)"
        reference2 = "NHAS/reverse_ssh (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Merlin/Nps/SuperShell"
        actors = "many"
        attack = "T1071.001,T1572"
        severity = "high"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_MERLIN_SUPERSHELL"
        fp = "authorised tests"

    strings:
        $merlin1 = "github.com/Ne0nd0g/merlin" ascii
        $merlin2 = "Ne0nd0g/merlin-agent" ascii
        $ssh1 = "NHAS/reverse_ssh" ascii
        $ssh2 = "reverse_ssh/internal/client" ascii
        $super = "supershell" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 128MB and
        (any of ($merlin*) or ($ssh1 and any of ($ssh2, $super)) or $ssh2)
}
