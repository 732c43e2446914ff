// Python C2 servers of 2026 (Key C2, PersianC2, ArenaC2) as found on seized machines,
// and the administrator that is added to firewalls.

rule SPOOR_APT_MUDDYWATER_C2_SERVER
{
    meta:
        author = "spoor project"
        description = "Finds server scripts and device settings of the C2 servers of 2026"
        reference = "Ctrl-Alt-Intel, report on MuddyWater servers, 2026-03"
        reference2 = "Group-IB, report on Operation Olalampo, 2026-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "MuddyWater C2 servers 2026"
        actors = "MuddyWater"
        attack = "T1587.001,T1136"
        severity = "medium"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_C2_SERVER"
        fp = "a FortiGate whose owner named the set-up account so"

    strings:
        $name1 = "ConsoleApplicat\x69onen.exe" ascii wide
        $name2 = "http_vi\x70.py" ascii wide
        $name3 = "ArenaRe\x70ort" ascii wide
        $path = "/deliv\x65r/6" ascii wide fullword
        $account = "FortiS\x65tup" ascii wide
        $history = ".command_hi\x73tory" ascii wide
        $quit = "ex\x69t!!" ascii wide
        $database = "clien\x74.db" ascii wide
        $admin = "super_a\x64min" ascii wide

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 4MB and
        (2 of ($name*, $path) or ($account and $admin) or all of ($history, $quit, $database))
}
