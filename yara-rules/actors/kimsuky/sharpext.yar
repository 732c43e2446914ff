// SHARPEXT: browser extension of 2022 that copies mail, and the scripts that install it.

rule SPOOR_APT_SHARPEXT_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the modes and files of the SHARPEXT browser extension"
        reference = "Volexity, \"SharpTongue Deploys Clever Mail-Stealing Browser Extension SHARPEXT\", 2022-07"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "SHARPEXT"
        actors = "Kimsuky"
        attack = "T1176,T1114"
        severity = "critical"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SHARPEXT_SCRIPT"

    strings:
        $mode1 = "mode=do\x6Dain" ascii wide
        $mode2 = "mode=att\x6Cist" ascii wide
        $mode3 = "mode=ne\x77_aid" ascii wide
        $file1 = "dev.p\x731" ascii wide nocase
        $file2 = "pow.p\x731" ascii wide nocase
        $file3 = "bg.\x6As" ascii wide
        $prefs = "Secure Prefe\x72ences" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 4MB and
        (2 of ($mode1, $mode2, $mode3) or (any of ($mode1, $mode2, $mode3) and any of ($file*)) or ($file1 and $file2) or ($prefs and any of ($file1, $file2)))
}
