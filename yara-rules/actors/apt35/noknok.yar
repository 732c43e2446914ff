// NokNok: bash backdoor of 2023 for macOS with four modules.

rule SPOOR_APT_NOKNOK_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the module names of the NokNok macOS backdoor"
        reference = "Proofpoint, \"Welcome to New York: Exploring TA453's Foray into LNKs and Mac Malware\", 2023-07"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "NokNok"
        actors = "APT35"
        attack = "T1059.004,T1082"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_NOKNOK_SCRIPT"

    strings:
        $name = "nokn\x6Fk" ascii wide
        $module1 = "Proces\x73es" ascii wide
        $module2 = "Informat\x69ons" ascii wide
        $module3 = "Applicat\x69ons" ascii wide
        $module4 = "Persist\x65nce" ascii wide
        $mac1 = "system_pro\x66iler" ascii wide
        $mac2 = "LaunchAg\x65nts" ascii wide

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 2MB and
        (uint16be(0) == 0x2321 or $name) and
        (($name and 2 of ($module*)) or (all of ($module*) and any of ($mac*)))
}
