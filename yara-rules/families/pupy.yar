// Pupy: open remote control whose Python part lives in memory.

rule SPOOR_APT_PUPY_PAYLOAD
{
    meta:
        author = "spoor project"
        description = "Finds the configuration and importer names of Pupy payloads"
        reference = "n1nj4sec/pupy (source)"
        reference2 = "MITRE ATT&CK S0192"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "Pupy"
        actors = "APT33,Magic Hound,many"
        attack = "S0192,T1219,T1055.001"
        severity = "high"
        carriers = "pe,elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_PUPY_PAYLOAD"

    strings:
        $config = "get_pupy_config" ascii
        $importer = "pupyimporter" ascii
        $reflect = "reflectively inject a dll into a process." ascii
        $network = "pupy.network" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and
        filesize < 64MB and
        2 of them
}
