// TinyTurla: service library that poses as the time service. The genuine one is W32Time,
// w32time.dll.

rule SPOOR_APT_TINYTURLA_SERVICE
{
    meta:
        author = "spoor project"
        description = "Finds the false time service of TinyTurla or the files of TinyTurla-NG"
        reference = "Cisco Talos, \"TinyTurla - Turla deploys new malware to keep a secret backdoor on victim machines\", 2021-09"
        reference2 = "MITRE ATT&CK S0668"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "TinyTurla"
        actors = "Turla"
        attack = "S0668,T1543.003,T1036.004"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_TINYTURLA_SERVICE"

    strings:
        $service = "W64Time" ascii wide
        $name = "Windows 64 Time" ascii wide
        $module = "w64time.dll" ascii wide nocase
        $key = "Services\\W64Time\\Parameters" ascii wide nocase
        $main = "ServiceMain" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (($module and any of ($service, $name, $main)) or ($key and $main) or ($name and $service))
}

rule SPOOR_APT_TINYTURLA_BATCH
{
    meta:
        author = "spoor project"
        description = "Finds commands that register the false time service of TinyTurla"
        reference = "Cisco Talos, \"TinyTurla - Turla deploys new malware to keep a secret backdoor on victim machines\", 2021-09"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "TinyTurla"
        actors = "Turla"
        attack = "S0668,T1543.003"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_TINYTURLA_BATCH"

    strings:
        $key = "Services\\W64Time\\P\x61rameters" ascii wide nocase
        $create = "sc create W6\x34Time" ascii wide nocase
        $module = "w64tim\x65.dll" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 256KB and
        ($create or ($key and $module))
}
