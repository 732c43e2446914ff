// Calendar items that make Outlook log on to a foreign server (CVE-2023-23397).

rule SPOOR_CARR_OUTLOOK_REMINDER_UNC
{
    meta:
        author = "spoor project"
        description = "Finds calendar items whose reminder sound lies on a foreign server"
        reference = "Microsoft, CVE-2023-23397, 2023-03"
        reference2 = "Microsoft, [MS-OXORMDR]: Reminder Settings Protocol"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Rogue Outlook rule/mail traces"
        actors = "APT28"
        attack = "T1187,T1203"
        severity = "high"
        carriers = "ole,mail"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_OUTLOOK_REMINDER_UNC"

    strings:
        $type1 = "IPM.Appointment" wide
        $type2 = "IPM.Task" wide
        $type3 = "IPM.Appointment" ascii
        $type4 = "IPM.Task" ascii
        // \\host\ or \\host@ in UTF-16, host with a dot
        $unc = /\\\x00\\\x00([0-9A-Za-z.-]\x00){4,60}(@\x00[0-9A-Za-z]\x00|\\\x00)[^\x00]\x00([^\x00]\x00){0,40}\.\x00w\x00a\x00v\x00/

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 16MB and
        any of ($type*) and $unc
}
