// NimPlant and AdaptixC2: open frameworks of 2023-2025.

rule SPOOR_TOOL_NIMPLANT_ADAPTIX
{
    meta:
        author = "spoor project"
        description = "Finds the names of NimPlant and AdaptixC2 agents"
        reference = "chvancooten/NimPlant (source)"
        reference2 = "Unit 42, \"AdaptixC2: A New Open-Source Framework Leveraged in Real-World Attacks\", 2025-09"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Nighthawk/Nimplant/AdaptixC2"
        actors = "many"
        attack = "T1071.001"
        severity = "high"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_NIMPLANT_ADAPTIX"
        fp = "authorised tests"

    strings:
        $nim1 = "nimplant" ascii
        $nim2 = "NimPlant" ascii
        $adaptix1 = "AdaptixC2" ascii
        $adaptix2 = "beacon_listener_http" ascii
        $adaptix3 = "adaptix" ascii nocase
        $nimmain = "NimMain" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 64MB and
        ((any of ($nim1, $nim2) and $nimmain) or ($adaptix1 and #adaptix3 > 1) or ($adaptix2 and $adaptix3))
}
