// CollectionRAT: MFC program; few facts are public.

rule SPOOR_APT_COLLECTIONRAT_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds the file and request path of CollectionRAT"
        reference = "Cisco Talos, \"Lazarus Group's infrastructure reuse leads to discovery of new malware\", 2023-08"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "CollectionRAT"
        actors = "Lazarus"
        attack = "T1071.001,T1027.002"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_COLLECTIONRAT_PROGRAM"

    strings:
        $name = "EsaFin.exe" ascii wide
        $request = "/tmp/tmp/comp.dat" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        all of them
}
