// Manjusaka and Alchimist: frameworks in Rust and Go.

rule SPOOR_TOOL_MANJUSAKA_INSEKT
{
    meta:
        author = "spoor project"
        description = "Finds Manjusaka implants and the Insekt RAT of Alchimist"
        reference = "Cisco Talos, \"Manjusaka: A Chinese sibling of Sliver and Cobalt Strike\", 2022-08"
        reference2 = "Cisco Talos, \"Alchimist: A new attack framework in Chinese\", 2022-10"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Manjusaka/Alchimist"
        actors = "many"
        attack = "T1071.001"
        severity = "high"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_MANJUSAKA_INSEKT"

    strings:
        $name1 = "manjusaka" ascii
        $name2 = "Insekt" ascii
        $proto = "src/protos/" ascii
        $project = "codeproject" ascii
        $go = "Go build" ascii
        $rust = "rustc/" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 128MB and
        (($name1 and any of ($proto, $project, $go, $rust)) or ($name2 and $go and $project))
}
