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
        $order3 = "App.SetProxy" ascii
        $order4 = "IO.ReadFile" ascii
        $order5 = "IO.WriteFile" ascii
        $name = "centreon_module_linux_app64" ascii

    condition:
        uint32(0) == 0x464C457F and
        filesize < 32MB and
        (3 of ($order*) or ($lock and any of ($order*, $name)) or ($name and any of ($order*)))
}

rule SPOOR_APT_EXARAMEL_WINDOWS
{
    meta:
        author = "spoor project"
        description = "Finds the service name and configuration of Exaramel for Windows"
        reference = "ESET, \"New TeleBots backdoor: First evidence linking Industroyer to NotPetya\", 2018-10"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Exaramel"
        actors = "Sandworm"
        attack = "S0343,T1543.003"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_EXARAMEL_WINDOWS"

    strings:
        $service = "wsmprovav" ascii wide
        $desc = "Windows Checked AV" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        any of them
}
