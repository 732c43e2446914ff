// NineRAT: RAT in the D language; the program name has a capital i in place of an l.

rule SPOOR_APT_NINERAT_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds D programs that talk to Telegram and carry the look-alike program name"
        reference = "Cisco Talos, \"Operation Blacksmith: Lazarus targets organizations worldwide using novel Telegram-based malware written in DLang\", 2023-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "NineRAT"
        actors = "Andariel"
        attack = "T1102.002,T1036.005"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_NINERAT_IMPLANT"

    strings:
        $runtime = "_D6core" ascii
        $api = "api.telegram.org" ascii wide
        $name = "nsIookup.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        $runtime and $name and $api
}
