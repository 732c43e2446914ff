// Gomir, GoBear and Troll Stealer: Go programs of 2024 for Linux and Windows.

rule SPOOR_APT_GOMIR_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the request path, function names and signer of Gomir, GoBear and Troll Stealer"
        reference = "Symantec, \"Springtail: New Linux Backdoor Added to Toolkit\", 2024-05"
        reference2 = "S2W, report on Troll Stealer, 2024-02"
        reference3 = "MITRE ATT&CK S1198"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "Gomir/GoBear"
        actors = "Kimsuky"
        attack = "S1198,T1543.002,T1053.003"
        severity = "high"
        carriers = "pe,elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GOMIR_BACKDOOR"

    strings:
        $path = "/mir/index.php" ascii
        $func = "main.operation_" ascii
        $signer = "D2Innovation" ascii
        $unit = "syslogd.service" ascii
        $file = "/var/log/syslogd" ascii
        $cron = "@reboot" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and
        filesize < 32MB and
        (($path and any of ($func, $unit, $file, $cron, $signer)) or ($func and any of ($signer, $unit, $file)) or ($unit and $file and $cron))
}
