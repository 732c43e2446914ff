// Gold Dragon: Korean-language implant of 2018.

rule SPOOR_APT_GOLDDRAGON_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the files and injection names of Gold Dragon"
        reference = "McAfee, \"Gold Dragon Widens Olympics Malware Attacks, Gains Permanent Presence on Victims' Systems\", 2018-02"
        reference2 = "MITRE ATT&CK S0249"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Gold Dragon"
        actors = "Kimsuky"
        attack = "S0249,T1055,T1082"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GOLDDRAGON_DLL"

    strings:
        $data = "PI_001.dat" ascii wide
        $bin = "ixeo584.bin" ascii wide
        $lure1 = "1.hwp" ascii wide
        $lure2 = "update.hwp" ascii wide
        $folder = "\\Microsoft\\HNC" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (($data and any of ($bin, $lure*, $folder)) or ($bin and any of ($lure*, $folder)) or ($folder and all of ($lure*)))
}
