// VHD: ransomware of 2020 named after the extension it appends, which is also that of
// disk images.

rule SPOOR_APT_VHD_RANSOMWARE
{
    meta:
        author = "spoor project"
        description = "Finds the stage text and note of the VHD ransomware"
        reference = "Kaspersky, \"Lazarus on the hunt for big game\", 2020-07"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "VHD"
        actors = "Lazarus"
        attack = "T1486,T1490"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_VHD_RANSOMWARE"

    strings:
        $stage = "AEEAEE SET" ascii wide
        $stage2 = "AEEAEE$set.buf" ascii wide
        $note = "HowToDecrypt.txt" ascii wide
        $extension = ".vhd" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($stage2 or ($stage and any of ($note, $extension)))
}
