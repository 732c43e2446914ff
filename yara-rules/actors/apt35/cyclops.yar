// Cyclops: Go implant of 2023-2024 with a service on the local host that a tunnel
// reaches; its package paths are fixed.

rule SPOOR_APT_CYCLOPS_CK_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the package paths of the Cyclops implant"
        reference = "HarfangLab, TRR240801, 2024-08"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 95
        family = "Cyclops (Charming Kitten)"
        actors = "APT35"
        attack = "T1071.001,T1572"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_CYCLOPS_CK_IMPLANT"

    strings:
        $path1 = "back-service/go-mux/api" ascii
        $path2 = "/brain-loader-enc.go" ascii
        $path3 = "/JD-M42KItJncJfqb38qh/" ascii
        $local = "127.0.0.1:55561/api/v3/update" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        any of them
}
