// NotDoor (GONEPOSTAL): Outlook macro of 2025 that takes orders from mails with a
// certain subject, and the commands that install it.

rule SPOOR_APT_NOTDOOR_MACRO
{
    meta:
        author = "spoor project"
        description = "Finds the events, trigger and files of the NotDoor Outlook macro"
        reference = "LAB52, \"Analyzing NotDoor: Inside APT28's Expanding Arsenal\", 2025-09"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "NotDoor"
        actors = "APT28"
        attack = "T1137.001,T1114"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_NOTDOOR_MACRO"

    strings:
        $event1 = "Application_Ne\x77MailEx" ascii wide nocase
        $event2 = "Application_MAPILog\x6FnComplete" ascii wide nocase
        $trigger = "Daily Re\x70ort" ascii wide nocase
        $file = "testtem\x70.ini" ascii wide nocase
        $boot = "LoadMacroProvid\x65rOnBoot" ascii wide nocase
        $option = "PONT_ST\x52ING" ascii wide nocase
        $project = "VbaProje\x63t.OTM" ascii wide nocase
        $security = "Outlook\\Sec\x75rity" ascii wide nocase
        $load = "SSPICL\x49.dll" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 4MB and
        ((any of ($event*) and 2 of ($trigger, $file, $boot, $option)) or ($project and any of ($boot, $option) and any of ($file, $load)) or ($file and $project and $security))
}
