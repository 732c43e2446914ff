// LunarWeb and LunarMail: backdoors of 2020-2024. The RC4 key of their strings is fixed;
// their module names are genuine ones and are not asked for.

rule SPOOR_APT_LUNAR_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the string key or the extension path of LunarWeb and LunarMail"
        reference = "ESET, \"To the Moon and back(doors): Lunar landing in diplomatic missions\", 2024-05"
        reference2 = "MITRE ATT&CK S1141"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "LunarWeb/LunarMail"
        actors = "Turla"
        attack = "S1141,T1027,T1137"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_LUNAR_BACKDOOR"

    strings:
        $key = { C1 82 A7 04 21 B6 40 C8 9B C3 79 AD F5 5F 72 86 }
        $path = "$ExtensionPath\\..\\Freemake" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        any of them
}
