// Brute Ratel C4: commercial test tool, leaked.

rule SPOOR_TOOL_BRUTE_RATEL_BADGER
{
    meta:
        author = "spoor project"
        description = "Finds the key and messages of Brute Ratel badgers"
        reference = "Unit 42, \"When Pentest Tools Go Brutal\", 2022-07"
        reference2 = "MITRE ATT&CK S1063"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "Brute Ratel C4"
        actors = "many"
        attack = "S1063,T1620"
        severity = "critical"
        carriers = "pe,memory,any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_BRUTE_RATEL_BADGER"
        fp = "authorised tests"

    strings:
        $key = "bYXJm/3#M?:X\x79MBF" ascii
        $crisis = "[+] Crisis Monitor: Alrea\x64y Running" ascii wide
        $spoof = "[+] Spoofed P\x50ID => %lu" ascii wide
        $ph = "Badge\x72PH" ascii
        $dispatch = "_imp_BadgerDi\x73patch" ascii
        $loader = "brutelo\x61der" ascii
        $badger = "badg\x65r" ascii
        $update = "OneDrive.u\x70date" ascii wide

    condition:
        filesize < 256MB and
        uint8(0) != 0x3C and uint8(0) != 0x23 and
        (2 of ($key, $crisis, $spoof, $ph, $dispatch, $loader) or (any of ($key, $crisis, $spoof, $dispatch) and any of ($badger, $update)))
}
