// TAMECAT: PowerShell foothold of 2024.

rule SPOOR_APT_TAMECAT_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the names, hosts and start line of the TAMECAT backdoor"
        reference = "Mandiant, \"Uncharmed: Untangling Iran's APT42 Operations\", 2024-05"
        reference2 = "MITRE ATT&CK S1193"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "TAMECAT"
        actors = "APT42"
        attack = "S1193,T1059.001"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_TAMECAT_SCRIPT"

    strings:
        $name1 = "Borj\x6Fl" ascii wide
        $name2 = "Gor\x62a" ascii wide
        $host1 = "tnt200.mywi\x72e.org" ascii wide nocase
        $host2 = "accurate-sprout-porpoi\x73e.glitch.me" ascii wide nocase
        $config = "nconf.\x74xt" ascii wide nocase
        $start = "conhost conhost powers\x68ell.exe -w 1 -c" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 4MB and
        (($name1 and any of ($name2, $host*, $config, $start)) or (any of ($host*) and any of ($name2, $config, $start)) or ($start and $config))
}
