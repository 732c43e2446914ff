// Donut: turns programs into shellcode. Its texts are readable in memory or when built
// without encryption; AMSI names alone occur in security products.

rule SPOOR_TOOL_DONUT_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the module list and bypass names of the Donut loader"
        reference = "TheWover/donut (source)"
        reference2 = "HarfangLab, TRR240601, 2024-06"
        reference3 = "MITRE ATT&CK S0695"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Donut"
        actors = "many"
        attack = "S0695,T1620"
        severity = "high"
        carriers = "memory,pe,any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_DONUT_LOADER"
        fp = "authorised tests"

    strings:
        $modules = "ole32;oleaut32;wininet;ms\x63oree;shell32" ascii
        $wldp1 = "WldpQueryDynamic\x43odeTrust" ascii
        $wldp2 = "WldpIsClassInApp\x72ovedList" ascii
        $amsi1 = "AmsiScanB\x75ffer" ascii
        $amsi2 = "AmsiScanS\x74ring" ascii

    condition:
        filesize < 1024MB and
        uint8(0) != 0x3C and uint8(0) != 0x23 and
        $modules and 2 of ($wldp*, $amsi*)
}
