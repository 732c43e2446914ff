// Industroyer2: one program with its target built in: the path and processes of the
// control software at the site.

rule SPOOR_APT_INDUSTROYER2_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds the path and process names that Industroyer2 was built with"
        reference = "ESET, \"Industroyer2: Industroyer reloaded\", 2022-04"
        reference2 = "MITRE ATT&CK S1072"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "Industroyer2"
        actors = "Sandworm"
        attack = "S1072,T1489"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_INDUSTROYER2_PROGRAM"

    strings:
        $path = "D:\\OIK\\DevCounter" ascii wide
        $process1 = "PService_PPD.exe" ascii wide
        $process2 = "PServiceControl.exe" ascii wide
        $name1 = "108_100.exe" ascii wide
        $name2 = "40_115.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (2 of ($path, $process*) or (any of ($path, $process*) and any of ($name*)))
}
