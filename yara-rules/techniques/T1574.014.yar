// A .config file beside a .NET program names a class that is loaded first.

rule SPOOR_TECH_APPDOMAIN_MANAGER
{
    meta:
        author = "spoor project"
        description = "Finds program settings that load a foreign application domain manager"
        reference = "MITRE ATT&CK T1574.014"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "IMAPLoader"
        actors = "Imperial Kitten,many"
        attack = "T1574.014"
        severity = "medium"
        carriers = "text,any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TECH_APPDOMAIN_MANAGER"
        fp = "test hosts and add-in hosts"

    strings:
        $config = "<configur\x61tion" ascii nocase
        $assembly = "<appDomainManager\x41ssembly" ascii nocase
        $type = "<appDomainMana\x67erType" ascii nocase

    condition:
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C) and
        filesize < 64KB and
        $config in (0..512) and $assembly and $type
}
