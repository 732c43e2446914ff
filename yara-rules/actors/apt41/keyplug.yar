// KEYPLUG: backdoor for Windows and Linux; the markers are those of a dropper, so the
// score stays below 75.

rule SPOOR_APT_KEYPLUG_DROPPER
{
    meta:
        author = "spoor project"
        description = "Finds the alphabets and payload file of the KEYPLUG dropper"
        reference = "Mandiant, \"Does This Look Infected? A Summary of APT41 Targeting U.S. State Governments\", 2022-03"
        reference2 = "MITRE ATT&CK S1051"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 74
        family = "KEYPLUG"
        actors = "APT41"
        attack = "S1051,T1027"
        severity = "medium"
        carriers = "pe,elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_KEYPLUG_DROPPER"

    strings:
        $key1 = "67f8de349abc5ghi" ascii
        $key2 = "3abc64597f8diegh" ascii
        $file = "C:\\ProgramData\\pfm.ico" ascii wide

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and
        filesize < 32MB and
        (all of ($key*) or ($file and any of ($key*)))
}
