// TreasureBox and BlackPearl ("Sad" C2), 2024: a loader that runs as a screen saver and
// the RAT that it injects. Most names are short, so they only count together.

rule SPOOR_APT_BLACKPEARL_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the key, names and screen saver path of TreasureBox and BlackPearl"
        reference = "Israel National Cyber Directorate, report on MuddyWater, 2025-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "TreasureBox/BlackPearl"
        actors = "MuddyWater"
        attack = "T1546.002,T1055,T1071"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BLACKPEARL_IMPLANT"

    strings:
        $folder = "\\arch.1.65.com.microsoft\\" ascii wide
        $saver = "\\Bubbles.scr" ascii wide
        $key = "LOGIMAN" ascii fullword
        $value = "SCRNSAVE.EXE" ascii wide
        $order = "TIMT" ascii fullword
        $mutex = "Buta" ascii fullword
        $host = "runtimebroker.exe" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (($folder and any of ($saver, $key, $value, $order, $mutex)) or ($key and 2 of ($value, $order, $mutex, $host)))
}
