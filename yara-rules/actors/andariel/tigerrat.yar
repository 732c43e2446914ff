// TigerRAT: RAT whose modules are C++ classes with telling names.

rule SPOOR_APT_TIGERRAT_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the module classes of TigerRAT in its type information"
        reference = "CISA, Alert AA24-207A, 2024-07"
        reference2 = "KISA, report on Operation ByteTiger, 2021"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "TigerRAT"
        actors = "Andariel"
        attack = "T1056.001,T1090,T1113"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_TIGERRAT_IMPLANT"

    strings:
        $class1 = ".?AVModuleKeyLogger@@" ascii
        $class2 = ".?AVModulePortForwarder@@" ascii
        $class3 = ".?AVModuleScreenCapture@@" ascii
        $class4 = ".?AVModuleShell@@" ascii
        $class5 = ".?AVModuleSocksTunnel@@" ascii
        $file = "x9891-009942-xnopcopie.dat" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (3 of ($class*) or ($file and any of ($class*)))
}
