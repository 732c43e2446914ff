// MultiLayer, PartialWasher and BFG Agonizer: wipers of 2023.

rule SPOOR_APT_MULTILAYER_WIPER
{
    meta:
        author = "spoor project"
        description = "Finds the parts and names of the MultiLayer and PartialWasher wipers"
        reference = "Unit 42, \"Agonizing Serpens (Aka Agrius) Targeting the Israeli Higher Education and Tech Sectors\", 2023-11"
        reference2 = "MITRE ATT&CK S1135"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "MultiLayer/PartialWasher/BFG Agonizer"
        actors = "Agrius"
        attack = "S1135,T1485,T1561.002"
        severity = "high"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MULTILAYER_WIPER"

    strings:
        $part1 = "MultiWip" ascii wide
        $part2 = "MultiList" ascii wide
        $washer = "PartialWasher" ascii wide
        $pdb = "PartialWasher.pdb" ascii
        $bat = "remover.bat" ascii wide
        $idle = "advapi32.dll,ProcessIdleTasks" ascii wide
        $agent = "agmt.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($pdb or ($part1 and any of ($part2, $bat, $idle)) or ($washer and any of ($bat, $idle, $agent)) or ($bat and $idle))
}
