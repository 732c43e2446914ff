// PowerSploit and PowerView: the definitions of their functions; a mention of a name is
// not enough.

rule SPOOR_TOOL_POWERSPLOIT_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the function definitions of PowerSploit and PowerView"
        reference = "PowerShellMafia/PowerSploit (source)"
        reference2 = "MITRE ATT&CK S0194"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "PowerSploit/PowerView"
        actors = "many"
        attack = "S0194,T1059.001,T1087.002"
        severity = "high"
        carriers = "script,text,evtx"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_POWERSPLOIT_SCRIPT"
        fp = "authorised tests"

    strings:
        $func1 = "function Invoke-\x4Dimikatz" ascii wide nocase
        $func2 = "function Invoke-Reflectiv\x65PEInjection" ascii wide nocase
        $func3 = "function Get-Domai\x6EComputer" ascii wide nocase
        $func4 = "function Invoke-A\x6ClChecks" ascii wide nocase
        $func5 = "function Get-NetDomain\x43ontroller" ascii wide nocase
        $func6 = "function Find-LocalA\x64minAccess" ascii wide nocase
        $func7 = "function Invoke-Ke\x72beroast" ascii wide nocase
        $func8 = "function Get-GPP\x50assword" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 16MB and
        any of them
}
