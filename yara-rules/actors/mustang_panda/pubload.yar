// PUBLOAD (ClaimLoader): stager of 2022-2024 in the public libraries folder.

rule SPOOR_APT_PUBLOAD_STAGER
{
    meta:
        author = "spoor project"
        description = "Finds the task command and callback trick of the PUBLOAD stager"
        reference = "Trend Micro, \"Earth Preta Spear-Phishing Governments Worldwide\", 2022-11"
        reference2 = "MITRE ATT&CK S1228"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "PUBLOAD"
        actors = "Mustang Panda"
        attack = "S1228,T1053.005,T1574.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_PUBLOAD_STAGER"

    strings:
        $command = "schtasks.exe /F /Create /TN Microsoft_Licensing /sc minute /MO 1 /TR" ascii wide
        $task = "Microsoft_Licensing" ascii wide
        $folder = "C:\\Users\\Public\\Libraries\\" ascii wide
        $call1 = "GrayStringW" ascii
        $call2 = "EnumDateFormatsA" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($command or ($task and $folder) or ($task and any of ($call*)) or ($folder and all of ($call*)))
}
