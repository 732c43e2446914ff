// KONNI: RAT whose batch files swap the library of a seldom used service.

rule SPOOR_APT_KONNI_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the batch files that install KONNI as a service"
        reference = "Malwarebytes, \"KONNI evolves into stealthier RAT\", 2022-01"
        reference2 = "Fortinet, \"KONNI Campaign Distributed Via Malicious Document\", 2023-11"
        reference3 = "MITRE ATT&CK S0356"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "KONNI"
        actors = "APT37"
        attack = "S0356,T1543.003,T1574.001"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_KONNI_SCRIPT"

    strings:
        $config = "sc config xm\x6Cprov" ascii wide nocase
        $module1 = "xwtpdu\x69.dll" ascii wide nocase
        $module2 = "xmlpro\x76.dll" ascii wide nocase
        $module3 = "wpnprv6\x34.dll" ascii wide nocase
        $service1 = "ComSys\x41pp" ascii wide nocase
        $check = "check.\x62at" ascii wide nocase
        $stop = "sc st\x6Fp" ascii wide nocase
        $host = "svchost.\x65xe -k" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 1MB and
        (($config and any of ($module*, $check)) or ($service1 and any of ($module*) and any of ($stop, $host, $check)) or ($module3 and any of ($stop, $host)))
}
