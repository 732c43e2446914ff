// PoshC2: open framework with PowerShell and C# implants.

rule SPOOR_TOOL_POSHC2_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the variables and orders of PoshC2 implants"
        reference = "nettitude/PoshC2 (source)"
        reference2 = "MITRE ATT&CK S0378"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "PoshC2"
        actors = "many"
        attack = "S0378,T1059.001"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_POSHC2_SCRIPT"
        fp = "authorised tests"

    strings:
        $name = "Posh\x432" ascii wide
        $core = "Implant-\x43ore" ascii wide nocase
        $clear = "$payloadc\x6Cear" ascii wide
        $kill = "kill-imp\x6Cant" ascii wide
        $uri = "/babel-pol\x79fill/" ascii wide

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 8MB and
        (2 of ($core, $clear, $kill, $uri) or ($name and any of ($core, $clear)))
}
