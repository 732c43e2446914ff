// GoldMax (SUNSHUTTLE): Go backdoor for Windows and Linux. The hardware address is that
// of a machine on which it does not run.

rule SPOOR_APT_GOLDMAX_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the function names and files of the GoldMax backdoor"
        reference = "Microsoft, \"GoldMax, GoldFinder, and Sibot: Analyzing NOBELIUM's layered persistence\", 2021-03"
        reference2 = "MITRE ATT&CK S0588"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "GoldMax"
        actors = "APT29"
        attack = "S0588,T1071.001"
        severity = "critical"
        carriers = "pe,elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GOLDMAX_IMPLANT"

    strings:
        $func1 = "main.define_internal_settings" ascii
        $func2 = "main.beaconing" ascii
        $func3 = "main.GetUserAgent" ascii
        $file1 = "runlog.dat.tmp" ascii
        $file2 = "config.dat.tmp" ascii
        $mac = "c8:27:cc:c2:37:5a" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and
        filesize < 32MB and
        ($func1 and any of ($func2, $func3, $file*, $mac) or ($mac and any of ($func*, $file*)) or ($file1 and any of ($func*)))
}
