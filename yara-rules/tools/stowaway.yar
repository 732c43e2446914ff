// Stowaway and EarthWorm: multi-hop proxies.

rule SPOOR_TOOL_STOWAWAY_EARTHWORM
{
    meta:
        author = "spoor project"
        description = "Finds Stowaway and EarthWorm by their package paths and usage texts"
        reference = "ph4ntonn/Stowaway (source)"
        reference2 = "CISA, Alert AA23-144A, 2023-05"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Stowaway/EarthWorm"
        actors = "APT41,Volt Typhoon,many"
        attack = "T1090.003,T1572"
        severity = "high"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_STOWAWAY_EARTHWORM"
        fp = "authorised tests"

    strings:
        $stow1 = "Stowaway/agent" ascii
        $stow2 = "STOWAWAY" ascii
        $stow3 = "Stowaway/protocol" ascii
        $ew1 = "ew_for_Win" ascii
        $ew2 = "./xxx -s rssocks -d xxx.xxx.xxx.xxx -e 8888" ascii
        $ew3 = "rssocks" ascii
        $ew4 = "lcx_slave" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 128MB and
        ($stow1 or ($stow2 and $stow3) or $ew2 or ($ew1 and any of ($ew3, $ew4)) or all of ($ew3, $ew4))
}
