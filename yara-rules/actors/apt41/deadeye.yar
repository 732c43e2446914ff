// DEADEYE and LOWKEY: a library cut into several data files; built-in tasks are changed
// to start it.

rule SPOOR_APT_DEADEYE_COMMANDS
{
    meta:
        author = "spoor project"
        description = "Finds the commands that join the DEADEYE parts and the tasks that start it"
        reference = "Mandiant, \"Does This Look Infected? A Summary of APT41 Targeting U.S. State Governments\", 2022-03"
        reference2 = "MITRE ATT&CK S1052"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "DEADEYE"
        actors = "APT41"
        attack = "S1052,T1053.005,T1027"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_DEADEYE_COMMANDS"

    strings:
        $join = "copy /y /b C:\\Users\\publ\x69c\\syslog_6-" ascii wide nocase
        $part = "sysl\x6Fg_6-" ascii wide nocase
        $library = "C:\\Users\\public\\sy\x73log.dll" ascii wide nocase
        $task1 = "\\Microsoft\\Windows\\PLA\\Server Manager P\x65rformance Monitor" ascii wide nocase
        $task2 = "\\Microsoft\\Windows\\Ras\\Man\x61gerMobility" ascii wide nocase
        $task3 = "\\Microsoft\\Windows\\WDI\\Srv\x53etupResults" ascii wide nocase
        $task4 = "\\Microsoft\\Windows\\WD\x49\\USOShared" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 2MB and
        ($join or ($part and $library) or (any of ($task*) and any of ($part, $library)) or all of ($task3, $task4))
}
