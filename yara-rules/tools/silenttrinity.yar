// SILENTTRINITY: .NET stager that runs Boo or IronPython code.

rule SPOOR_TOOL_SILENTTRINITY_STAGER
{
    meta:
        author = "spoor project"
        description = "Finds the stager of SILENTTRINITY by its embedded interpreters"
        reference = "byt3bl33d3r/SILENTTRINITY (source)"
        reference2 = "MITRE ATT&CK S0692"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "SILENTTRINITY"
        actors = "many"
        attack = "S0692,T1059.006"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_SILENTTRINITY_STAGER"
        fp = "authorised tests"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $name = "SILENTTRINITY" ascii wide
        $boo = "Boo.Lang.Compiler" ascii wide
        $iron = "IronPython.dll" ascii wide
        $st = "ST.dll" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $metadata and ($name or ($st and any of ($boo, $iron)))
}
