// NOROBOT (BAITSWITCH) and MAYBEROBOT (SIMPLEFIX), 2025: a false captcha makes the
// visitor load a library.

rule SPOOR_APT_NOROBOT_CHAIN
{
    meta:
        author = "spoor project"
        description = "Finds the library, export and start line of NOROBOT"
        reference = "Google GTIG, \"To Be (A Robot) or Not to Be: New Malware Attributed to Russia State-Sponsored COLDRIVER\", 2025-10"
        reference2 = "Zscaler, \"COLDRIVER Updates Arsenal with BAITSWITCH and SIMPLEFIX\", 2025-09"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "NOROBOT/MAYBEROBOT"
        actors = "Callisto"
        attack = "T1204.004,T1218.011,T1037.001"
        severity = "critical"
        carriers = "pe,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_NOROBOT_CHAIN"

    strings:
        $module = "iamnotarob\x6Ft.dll" ascii wide nocase
        $export = "humanC\x68eck" ascii wide
        $line1 = "captchan\x6Fm.top" ascii wide nocase
        $line2 = "machinerie.dll,v\x65rifyme" ascii wide nocase
        $logon = "UserInitMprLog\x6FnScript" ascii wide nocase

    condition:
        filesize < 8MB and
        uint8(0) != 0x3C and
        (($module and any of ($export, $logon)) or $line2 or ($line1 and any of ($export, $logon)))
}
