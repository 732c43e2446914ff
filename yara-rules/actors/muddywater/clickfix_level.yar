// ClickFix mail of November 2024: a notice from a look-alike domain asks for a command
// to be pasted, and that command installs Level for the actor. The tool itself is
// ordinary.

rule SPOOR_APT_MUDDYWATER_CLICKFIX_LEVEL
{
    meta:
        author = "spoor project"
        description = "Finds a pasted command that installs Level with a key after a false security notice"
        reference = "Proofpoint, \"Around the World in 90 Days: State-Sponsored Actors Try ClickFix\", 2025-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "MuddyWater RMM tenants"
        actors = "MuddyWater"
        attack = "T1204.004,T1219,T1566.002"
        severity = "high"
        carriers = "mail,text,script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_CLICKFIX_LEVEL"

    strings:
        $sender = "support@microsofto\x6Elines.com" ascii wide nocase
        $subject = "Urgent Security Upda\x74e Required" ascii wide nocase
        $install1 = "builds.le\x76el.io" ascii wide nocase
        $install3 = "level.\x6Dsi" ascii wide nocase
        $key1 = "LEVEL_AP\x49_KEY" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 1MB and
        (($sender and any of ($subject, $install*, $key1)) or ($subject and any of ($install1, $key1)))
}
