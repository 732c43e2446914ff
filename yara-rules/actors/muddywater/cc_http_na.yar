// CC_HTTP_NA: backdoor of 2024, known from one report.

rule SPOOR_APT_CC_HTTP_NA_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the names and machine check of the CC_HTTP_NA backdoor"
        reference = "Israel National Cyber Directorate, report on MuddyWater, 2025-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "CC_HTTP_NA"
        actors = "MuddyWater"
        attack = "T1497.001,T1071.001"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_CC_HTTP_NA_IMPLANT"

    strings:
        $name = "CC_HTTP_NA" ascii wide
        $provider1 = "provider270.dll" ascii wide
        $provider2 = "provider360.dll" ascii wide
        $tips = "SafetyTips\\safetytips.exe" ascii wide
        $vm = "ACPI\\DSDT\\VBOX__" ascii wide nocase
        $request = "bingo/" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (($name and any of ($provider*, $vm, $request)) or ($vm and any of ($provider*, $tips, $request)) or all of ($provider*))
}
