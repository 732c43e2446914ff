// DCHSpy: Android spyware hidden in VPN clients. The names are read in the code (DEX) or
// the manifest of the package.

rule SPOOR_APT_DCHSPY_APP
{
    meta:
        author = "spoor project"
        description = "Finds the package and service names of the DCHSpy Android spyware"
        reference = "Lookout, report on DCHSpy, 2025-07"
        reference2 = "MITRE ATT&CK S1243"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "DCHSpy"
        actors = "MuddyWater"
        attack = "S1243,T1036"
        severity = "high"
        carriers = "archive,any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_DCHSPY_APP"

    strings:
        $package = "com.earth.ea\x72th_vpn" ascii
        $scan = "DO_PORT_\x53CAN" ascii
        $connected = "IS_CLIETNT_CON\x4EECTED" ascii
        $spy = "runSpySe\x72vice" ascii
        $host1 = "earthvp\x6E.org" ascii
        $host2 = "comodo-vp\x6E.com" ascii

    condition:
        filesize < 64MB and
        (uint32be(0) == 0x6465780A or uint32be(0) == 0x504B0304 or uint32be(0) == 0x03000800) and
        2 of them
}
