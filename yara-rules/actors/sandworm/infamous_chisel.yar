// Infamous Chisel: components for Android devices; all sources go back to one advisory,
// hence the ceiling.

rule SPOOR_APT_INFAMOUS_CHISEL_COMPONENT
{
    meta:
        author = "spoor project"
        description = "Finds the cache file and component names of Infamous Chisel"
        reference = "NCSC UK, \"Infamous Chisel malware analysis report\", 2023-08"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "Infamous Chisel"
        actors = "Sandworm"
        attack = "T1437,T1636"
        severity = "medium"
        carriers = "elf,script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_INFAMOUS_CHISEL_COMPONENT"

    strings:
        $cache = "/data/local/tmp/.androi\x64.cache.csv" ascii
        $part1 = "ndbr_ar\x6Dv7l" ascii
        $part2 = "ndbr_i\x3686" ascii

    condition:
        filesize < 16MB and
        (uint32(0) == 0x464C457F or uint16be(0) == 0x2321) and
        2 of them
}
