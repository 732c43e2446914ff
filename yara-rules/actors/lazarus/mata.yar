// MATA (Dacls): framework for Windows, Linux and macOS.

rule SPOOR_APT_MATA_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the file, class and registry names of the MATA framework"
        reference = "Netlab 360, \"Dacls, the Dual platform RAT\", 2019-12"
        reference2 = "Kaspersky, \"MATA: Multi-platform targeted malware framework\", 2020-07"
        reference3 = "MITRE ATT&CK S0497"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "MATA"
        actors = "Lazarus"
        attack = "S0497,T1071.001"
        severity = "critical"
        carriers = "memory,pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MATA_IMPLANT"

    strings:
        $pid = "/var/run/in\x69t.pid" ascii
        $mina = "/.mi\x6Ea" ascii
        $store = "$HOME/.memc\x61che" ascii
        $cls1 = "c_2910.\x63ls" ascii wide
        $cls2 = "k_3872.\x63ls" ascii wide
        $scan = "SCAN  %s  %d.%\x64.%d.%d %d" ascii
        $mount = "/flash/bin/m\x6Funtd" ascii
        $mac1 = "/Library/Caches/com.appl\x65.appstore.db" ascii
        $mac2 = "com.aex-loop.age\x6Et.plist" ascii
        $class = "CMata\x4Eet" ascii
        $key = "Software\\\x6Dthjk" ascii wide

    condition:
        filesize < 32MB and
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF or uint32be(0) == 0xCAFEBABE) and
        (2 of ($cls*, $scan, $mount, $mac*, $class, $key, $mina, $store) or ($pid and any of ($cls*, $scan, $mina, $class)))
}
