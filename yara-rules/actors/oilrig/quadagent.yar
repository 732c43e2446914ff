// QUADAGENT: PowerShell backdoor of 2018 named after office checks.

rule SPOOR_APT_QUADAGENT_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the script, task and registry names of QUADAGENT"
        reference = "Unit 42, \"OilRig Targets Technology Service Provider and Government Agency with QUADAGENT\", 2018-07"
        reference2 = "MITRE ATT&CK S0269"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "QUADAGENT"
        actors = "OilRig"
        attack = "S0269,T1053.005,T1071.004"
        severity = "critical"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_QUADAGENT_SCRIPT"

    strings:
        $name1 = "Office365DCO\x4DCheck" ascii wide nocase
        $name2 = "SystemDiskCl\x65an.ps1" ascii wide nocase
        $name3 = "AdobeAcrobatLicens\x65Verify.ps1" ascii wide nocase
        $name4 = "Office365DCOMC\x68eck.ps1" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 2MB and
        (2 of ($name1, $name2, $name3) or $name4 or ($name3))
}
