// RGDoor: native IIS module whose orders come in a cookie.

rule SPOOR_APT_RGDOOR_MODULE
{
    meta:
        author = "spoor project"
        description = "Finds the session cookie, orders and export of the RGDoor IIS module"
        reference = "Unit 42, \"OilRig uses RGDoor IIS Backdoor on Targets in the Middle East\", 2018-01"
        reference2 = "MITRE ATT&CK S0258"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "RGDoor"
        actors = "OilRig"
        attack = "S0258,T1505.004"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_RGDOOR_MODULE"

    strings:
        $cookie = "RGSESSIONID=" ascii wide
        $order1 = "upload$" ascii wide
        $order2 = "download$" ascii wide
        $order3 = "cmd$" ascii wide
        $export = "RegisterModule" ascii
        $name1 = "TrafficHandler.dll" ascii
        $name2 = "HTTPParser.dll" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (($cookie and any of ($order*, $export, $name*)) or ($export and $order1 and $order2 and $order3))
}
