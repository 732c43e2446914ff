// RedLeaves (BUGJUICE): side-loaded RAT of 2016-2017.

rule SPOOR_APT_REDLEAVES_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the internal name and mutexes of RedLeaves"
        reference = "PwC and BAE Systems, \"Operation Cloud Hopper\", 2017-04"
        reference2 = "US-CERT, Alert TA17-117A, 2017-04"
        reference3 = "MITRE ATT&CK S0153"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 95
        family = "RedLeaves"
        actors = "APT10"
        attack = "S0153,T1574.001"
        severity = "critical"
        carriers = "memory,pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_REDLEAVES_IMPLANT"

    strings:
        $name = "red_autumnal_leaves_d\x6Clmain.dll" ascii
        $mutex1 = "RedLeavesCMDSimul\x61torMutex" ascii wide
        $mutex2 = "RedLeavesSCMDSimul\x61torMutex" ascii wide
        $dat = "handkerchi\x65f.dat" ascii wide
        $dll1 = "starbur\x6E.dll" ascii wide
        $dll2 = "vksave\x72.dll" ascii wide
        $pass = "john1\x3234" ascii wide

    condition:
        filesize < 4096MB and
        uint8(0) != 0x3C and uint8(0) != 0x23 and
        (2 of ($name, $mutex*, $dat) or (any of ($name, $mutex*, $dat) and any of ($dll*, $pass)))
}
