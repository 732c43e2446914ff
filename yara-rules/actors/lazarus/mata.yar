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
        $pid = "/var/run/init.pid" ascii
        $mina = "/.mina" ascii
        $store = "$HOME/.memcache" ascii
        $cls1 = "c_2910.cls" ascii wide
        $cls2 = "k_3872.cls" ascii wide
        $scan = "SCAN  %s  %d.%d.%d.%d %d" ascii
        $mount = "/flash/bin/mountd" ascii
        $mac1 = "/Library/Caches/com.apple.appstore.db" ascii
        $mac2 = "com.aex-loop.agent.plist" ascii
        $class = "CMataNet" ascii
        $key = "Software\\mthjk" ascii wide

    condition:
        filesize < 32MB and
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF or uint32be(0) == 0xCAFEBABE) and
        (2 of ($cls*, $scan, $mount, $mac*, $class, $key, $mina, $store) or ($pid and any of ($cls*, $scan, $mina, $class)))
}
