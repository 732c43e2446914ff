// MicroBackdoor: open client in C.

rule SPOOR_APT_MICROBACKDOOR_CLIENT
{
    meta:
        author = "spoor project"
        description = "Finds the name and shell command of MicroBackdoor"
        reference = "Cr4sh/MicroBackdoor (source)"
        reference2 = "CERT-UA, report on MicroBackdoor, 2022-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 74
        family = "MicroBackdoor"
        actors = "Ghostwriter"
        attack = "T1219,T1059.003"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MICROBACKDOOR_CLIENT"

    strings:
        $name = "MicroBackdoor" ascii wide
        $script = "backdoor.py" ascii
        $code = "chcp 65001 > NUL &" ascii wide
        $ping = "ping 127.0.0.1" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (($name and any of ($code, $ping, $script)) or ($code and $ping and $script))
}
