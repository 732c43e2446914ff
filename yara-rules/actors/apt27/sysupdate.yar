// SysUpdate: side-loaded backdoor of 2021-2023.

rule SPOOR_APT_SYSUPDATE_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the configuration and side-load names of SysUpdate"
        reference = "Trend Micro, \"Iron Tiger's SysUpdate Reappears, Adds Linux Targeting\", 2023-03"
        reference2 = "MITRE ATT&CK S0663"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "SysUpdate"
        actors = "APT27"
        attack = "S0663,T1574.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SYSUPDATE_LOADER"

    strings:
        $bin = "sys.bin.url" ascii wide
        $bin2 = "dlpprem32.bin" ascii wide
        $dll = "dlpprem32.dll" ascii wide nocase
        $exe = "dlpumgr32.exe" ascii wide nocase
        $wsock = "wsock32.dll" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (($bin and any of ($wsock, $dll, $exe)) or ($bin2 and any of ($dll, $exe)))
}
