// QuiteRAT: smaller successor of MagicRAT, also on Qt.

rule SPOOR_APT_QUITERAT_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the answer text of QuiteRAT beside the Qt framework"
        reference = "Cisco Talos, \"Lazarus Group exploits ManageEngine vulnerability to deploy QuiteRAT\", 2023-08"
        reference2 = "WithSecure, \"No Pineapple! DPRK Targeting of Medical Research and Technology Sector\", 2023-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "QuiteRAT"
        actors = "Lazarus"
        attack = "T1071.001,T1059.003"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_QUITERAT_IMPLANT"

    strings:
        $answer = "< No Pineapple! >" ascii wide
        $qt1 = "Qt5Core" ascii
        $qt2 = "QNetworkAccessManager" ascii
        $qt3 = "QCoreApplication" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        $answer and any of ($qt*)
}
