// Exaramel: Go backdoor found on monitoring servers.

rule SPOOR_APT_EXARAMEL_LINUX
{
    meta:
        author = "spoor project"
        description = "Finds the lock file and command names of Exaramel for Linux"
        reference = "ANSSI, \"Sandworm intrusion set campaign targeting Centreon systems\", 2021-02"
        reference2 = "MITRE ATT&CK S0401"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "Exaramel"
        actors = "Sandworm"
        attack = "S0401,T1543.002"
        severity = "critical"
        carriers = "elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_EXARAMEL_LINUX"

    strings:
        $lock = "/tmp/.applock" ascii
        $order1 = "App.Update" ascii
        $order2 = "App.Delete" ascii
        $order3 = "Shell.Exec" ascii
        $order4 = "IO.ReadFile" ascii
        $name = "centreon_module_linux_app64" ascii

    condition:
        uint32(0) == 0x464C457F and
        filesize < 32MB and
        (3 of ($order*) or ($lock and any of ($order*, $name)) or ($name and any of ($order*)))
}
