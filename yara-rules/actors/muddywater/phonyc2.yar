// PhonyC2: C2 framework of 2021-2023: Python server, PowerShell stages kept as a
// "database" in ProgramData. One byte of each text marker is written as \x.. so that
// this file does not match itself.

rule SPOOR_APT_PHONYC2_KEYS
{
    meta:
        author = "spoor project"
        description = "Finds the fixed keys of the PhonyC2 server and its payloads"
        reference = "Deep Instinct, \"PhonyC2: Revealing a New Malicious Command & Control Framework by MuddyWater\", 2023-06"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "PhonyC2"
        actors = "MuddyWater"
        attack = "T1059.001,T1027"
        severity = "critical"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_PHONYC2_KEYS"

    strings:
        $key1 = "awesomepassword2023awesomepass\x77ord2023" ascii
        $key2 = "awesomepassword2023320\x32" ascii
        $key3 = "HWL1JAQDFPL0ILB6HRKBTCVEAA3IQ7DCSYCXHI8B62JYM9XUYNPNDP97TMUGWON\x54" ascii

    condition:
        filesize < 4MB and uint8(0) != 0x3C and
        any of them
}

rule SPOOR_APT_PHONYC2_STAGE
{
    meta:
        author = "spoor project"
        description = "Finds the stage files and request paths of PhonyC2 scripts"
        reference = "Deep Instinct, \"PhonyC2: Revealing a New Malicious Command & Control Framework by MuddyWater\", 2023-06"
        reference2 = "Microsoft, \"MERCURY and DEV-1084: Destructive attack on hybrid environment\", 2023-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "PhonyC2"
        actors = "MuddyWater"
        attack = "T1059.001,T1027"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_PHONYC2_STAGE"

    strings:
        $database = "C:\\programdata\\db.sql\x69te" ascii nocase
        $stage = "C:\\programdata\\db.p\x731" ascii nocase
        $jse = "C:\\Intel\\utils\\utils.j\x73e" ascii nocase
        $digits = "c:\\programdata\\onlydigit2.i\x6Ei" ascii nocase
        $decode = "[System.Text.Encoding]::UTF8.GetString([System.Convert]::ToInt32\x28" ascii nocase
        $uri1 = "/apiv\x34/" ascii
        $uri2 = "/apiy\x37" ascii

    condition:
        filesize < 4MB and uint8(0) != 0x3C and uint16(0) != 0x5A4D and
        (2 of ($database, $stage, $jse, $digits) or
         (any of ($database, $stage, $jse, $digits) and any of ($decode, $uri*)))
}
