// LitterDrifter: USB worm in VBScript whose file is called trash.dll and is text.

rule SPOOR_APT_LITTERDRIFTER_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the start line and hidden copy of the LitterDrifter worm"
        reference = "Check Point Research, \"Malware Spotlight - Into the Trash: Analyzing LitterDrifter\", 2023-11"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "LitterDrifter"
        actors = "Gamaredon"
        attack = "T1091,T1059.005"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_LITTERDRIFTER_SCRIPT"

    strings:
        $start = "trash.dll /webm //e:v\x62script" ascii wide nocase
        $trash = "trash.\x64ll" ascii wide nocase
        $option = "/webm //e:vbsc\x72ipt //b" ascii wide nocase
        $drive1 = "Win32_Logic\x61lDisk" ascii wide nocase
        $drive2 = "DriveT\x79pe" ascii wide nocase
        $link = ".ln\x6B" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 2MB and
        ($start or ($trash and $option) or ($trash and any of ($drive*) and $link))
}
