// SodaMaster and the Ecipekac loaders of the A41APT campaign: layered loaders; only what
// names the registry class or the tool itself is found.

rule SPOOR_APT_SODAMASTER_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the registry class and name of the SodaMaster loaders"
        reference = "Kaspersky, \"APT10: sophisticated multi-layered loader Ecipekac discovered in A41APT campaign\", 2021-03"
        reference2 = "MITRE ATT&CK S0627"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "SodaMaster"
        actors = "APT10"
        attack = "S0627,T1574.001"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SODAMASTER_LOADER"

    strings:
        $class = "Applications\\VMwareHostOpen.exe" ascii wide nocase
        $name = "ecipekac" ascii
        $dll1 = "pcasvc.dll" ascii wide nocase
        $dll2 = "vmtools.dll" ascii wide nocase
        $dll3 = "jli.dll" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (($class and any of ($name, $dll*)) or ($name and any of ($dll*)))
}
