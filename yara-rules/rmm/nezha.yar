// Nezha agent. Presence only: the server stands in the arguments of its service.

rule SPOOR_RMM_NEZHA_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Nezha agent programs by their names"
        reference = "LOLRMM, Nezha agent"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Nezha agent"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_NEZHA_PROGRAM"
        fp = "every computer whose owner uses Nezha agent"

    strings:
        $name1 = "github.com/nezhahq/agent" ascii wide
        $name2 = "github.com/naiba/nezha" ascii wide
        $name3 = "nezha-agent" ascii wide

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 128MB and
        (2 of ($name*))
}
