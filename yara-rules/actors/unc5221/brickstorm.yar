// BRICKSTORM: Go backdoor of appliances and virtualisation servers.

rule SPOOR_APT_BRICKSTORM_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the library and function names of the BRICKSTORM backdoor"
        reference = "Mandiant, \"Another BRICKSTORM: Stealthy Backdoor Enabling Espionage into Tech and Legal Sectors\", 2025-09"
        reference2 = "CISA, AR25-338A, 2025-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "BRICKSTORM"
        actors = "UNC5221"
        attack = "T1071.001,T1572,T1543"
        severity = "critical"
        carriers = "elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BRICKSTORM_BACKDOOR"

    strings:
        $lib = "wssoft" ascii
        $func1 = "main.selfWatcher" ascii
        $func2 = "main.copyFile" ascii
        $path = "/home/vsphere-ui/" ascii
        $name1 = "vmsrc" ascii
        $name2 = "vnetd" ascii
        $yamux = "hashicorp/yamux" ascii

    condition:
        uint32(0) == 0x464C457F and
        filesize < 32MB and
        (($lib and any of ($func*, $path, $yamux)) or all of ($func*) or ($func1 and any of ($path, $name*, $yamux)))
}
