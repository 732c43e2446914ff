// BiBi: wiper of 2023 for Windows and Linux; the Windows build keeps its commands
// backwards. Its mark, twice the same syllable, is too uniform to be searched.

rule SPOOR_APT_BIBI_WIPER
{
    meta:
        author = "spoor project"
        description = "Finds the statistics line and the reversed commands of the BiBi wiper"
        reference = "Security Joes, \"BiBi-Linux: A New Wiper Dropped By Pro-Hamas Hacktivist Group\", 2023-10"
        reference2 = "Check Point Research, \"Bad Karma, No Justice: Void Manticore Destructive Activities in Israel\", 2024-05"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "BiBi Wiper"
        actors = "Void Manticore"
        attack = "T1485,T1490,T1027.013"
        severity = "high"
        carriers = "pe,elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BIBI_WIPER"

    strings:
        $stats = "[+] Stats: %d | %d" ascii
        $name1 = "bibi-linux.out" ascii
        $name2 = "bibi.exe" ascii
        $shadow = "vssadmin delete shadows /quIet /all" ascii nocase
        // the same, as the Windows build stores it
        $reversed = "lla/ teIuq/ swodahs eteled nimdassv" ascii nocase

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and
        filesize < 8MB and
        (($stats and any of ($shadow, $reversed, $name*)) or ($reversed and any of ($name*)))
}
