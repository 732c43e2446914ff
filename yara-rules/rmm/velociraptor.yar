// Velociraptor. Presence only: the server stands in the settings that its installer
// carries.

rule SPOOR_RMM_VELOCIRAPTOR_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Velociraptor programs by their names"
        reference = "LOLRMM, Velociraptor"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Velociraptor (abused DFIR agent)"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_VELOCIRAPTOR_PROGRAM"
        fp = "every computer whose owner uses Velociraptor"

    strings:
        $name1 = "www.velocidex.com/golang/velociraptor" ascii wide
        $name2 = "Velociraptor Service" ascii wide
        $name3 = "velociraptor.exe" ascii wide

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 128MB and
        (2 of ($name*))
}
