// RomCom (SingleCamper): loaders of 2024 that take over the class of an XML parser;
// facts are few, hence the score.

rule SPOOR_APT_ROMCOM_HIJACK
{
    meta:
        author = "spoor project"
        description = "Finds the hijacked class and module names of RomCom loaders"
        reference = "Cisco Talos, \"UAT-5647 targets Ukrainian and Polish entities with RomCom malware variants\", 2024-10"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "RomCom"
        actors = "RomCom"
        attack = "T1546.015,T1574.001"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ROMCOM_HIJACK"

    strings:
        $class = "F5078F32-C551-11D3-89B9-0000F81FE221" ascii wide nocase
        $module1 = "netid.dll" ascii wide nocase
        $module2 = "prxyms.dll" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        (($class and any of ($module*)) or all of ($module*))
}
