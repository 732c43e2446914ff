// IsaacWiper: wiper of February 2022, a library with the export _Start@4 and a log of
// its steps.

rule SPOOR_APT_ISAACWIPER_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the log, messages and export of IsaacWiper"
        reference = "ESET, \"IsaacWiper and HermeticWizard: New wiper and worm targeting Ukraine\", 2022-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "IsaacWiper"
        actors = "Sandworm"
        attack = "T1561.002"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ISAACWIPER_DLL"

    strings:
        $step = "-- getting drives..." wide
        $log = "C:\\ProgramData\\log.txt" wide
        $export = "_Start@4" ascii
        $name = "Cleaner.dll" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (($step and any of ($log, $export, $name)) or ($log and $export) or ($export and $name))
}
