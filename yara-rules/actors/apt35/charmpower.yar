// CharmPower (POWERSTAR, BASICSTAR): modular PowerShell of 2022-2024.

rule SPOOR_APT_CHARMPOWER_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the stage address, marker and lure of CharmPower, POWERSTAR and BASICSTAR"
        reference = "Check Point Research, \"APT35 exploits Log4j vulnerability to distribute new modular PowerShell toolkit\", 2022-01"
        reference2 = "Volexity, \"Charming Kitten Updates POWERSTAR with an InterPlanetary Twist\", 2023-06"
        reference3 = "MITRE ATT&CK S0674"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "CharmPower"
        actors = "APT35"
        attack = "S0674,T1059.001,T1102"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_CHARMPOWER_SCRIPT"

    strings:
        $bucket = "s3.amazonaws.com/docli\x62rarysales/" ascii wide
        $mark = "Stack=Ove\x72flow" ascii wide
        $ipfs = "ipfs.io/\x69pfs/" ascii wide
        $lure = ".rtf.l\x6Ek" ascii wide
        $invoke = "Invoke-Expr\x65ssion" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 2MB and
        ($bucket or ($mark and any of ($ipfs, $invoke, $lure)) or ($ipfs and $lure and $invoke))
}
