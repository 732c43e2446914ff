// MgBot (POCOSTICK): framework whose plug-ins are libraries with fixed names.

rule SPOOR_APT_MGBOT_PLUGIN
{
    meta:
        author = "spoor project"
        description = "Finds the plug-in names of the MgBot framework"
        reference = "Symantec, \"Daggerfly: APT Actor Targets Telecoms Company in Africa\", 2023-04"
        reference2 = "ESET, \"Evasive Panda APT group delivers malware via updates for popular Chinese software\", 2023-04"
        reference3 = "MITRE ATT&CK S1146"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "MgBot"
        actors = "Evasive Panda"
        attack = "S1146,T1056.001,T1555"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MGBOT_PLUGIN"

    strings:
        $dll1 = "pmsrvd.dll" ascii wide
        $dll2 = "kstrcs.dll" ascii wide
        $dll3 = "cbmrpa.dll" ascii wide
        $dll4 = "agentpwd.dll" ascii wide
        $dll5 = "gmck.dll" ascii wide
        $dll6 = "sebasek.dll" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        2 of them
}
