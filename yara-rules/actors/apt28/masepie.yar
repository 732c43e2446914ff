// MASEPIE: Python backdoor of 2023 over a raw socket with AES. The misspelt message is
// copied from a tutorial, so it counts only with another one.

rule SPOOR_APT_MASEPIE_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the function names and messages of the MASEPIE backdoor"
        reference = "HarfangLab, TRR240101, 2024-01"
        reference2 = "CERT-UA, report 8399, 2023-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "MASEPIE"
        actors = "APT28"
        attack = "T1059.006,T1573.001"
        severity = "critical"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MASEPIE_SCRIPT"

    strings:
        $decrypt = "dec_fil\x65_mes" ascii wide
        $error1 = "Try it ag\x61ing" ascii wide
        $error2 = "Error transport\x69ng file" ascii wide
        $check = "chec\x6B-ok" ascii wide
        $user = "{user}{SEPAR\x41TOR}{k}" ascii wide

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 4MB and
        (3 of them or ($decrypt and any of ($error*, $user)) or all of ($error*))
}

rule SPOOR_APT_MASEPIE_LINK
{
    meta:
        author = "spoor project"
        description = "Finds shell links made on the two machines of the MASEPIE campaign"
        reference = "HarfangLab, TRR240101, 2024-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "MASEPIE"
        actors = "APT28"
        attack = "T1204.002,T1547.009"
        severity = "critical"
        carriers = "lnk"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MASEPIE_LINK"

    strings:
        $machine1 = "win-j5ggok\x6835ap" ascii nocase
        $machine2 = "desktop-q0\x664sik" ascii nocase

    condition:
        filesize < 4MB and
        uint32(0) == 0x0000004C and uint32(4) == 0x00021401 and
        any of them
}
