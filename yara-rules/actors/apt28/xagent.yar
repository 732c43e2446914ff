// X-Agent (CHOPSTICK): modular backdoor for Windows, Linux and macOS. Its request paths
// are ordinary words and count only beside the kernel class or the exported global.

rule SPOOR_APT_XAGENT_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the kernel class, global and request paths of X-Agent"
        reference = "ESET, \"En Route with Sednit\", 2016"
        reference2 = "MITRE ATT&CK S0023"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "X-Agent"
        actors = "APT28"
        attack = "S0023,T1071.001"
        severity = "high"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_XAGENT_IMPLANT"

    strings:
        $global = "?g_lpThis" ascii
        $kernel = "AgentKernel" ascii
        $program = "xc.exe" ascii fullword
        $path1 = "/search/" ascii
        $path2 = "/results/" ascii
        $version = "(XX.XX.XX)" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 16MB and
        (($global and any of ($kernel, $path*)) or ($kernel and any of ($program, $version) and any of ($path*)))
}
