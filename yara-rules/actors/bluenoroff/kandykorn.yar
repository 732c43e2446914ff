// KANDYKORN and its loader SUGARLOADER: macOS backdoor of 2023.

rule SPOOR_APT_KANDYKORN_MACOS
{
    meta:
        author = "spoor project"
        description = "Finds the commands and hidden file of KANDYKORN and SUGARLOADER"
        reference = "Elastic Security Labs, \"Elastic catches DPRK passing out KANDYKORN\", 2023-10"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "KANDYKORN"
        actors = "BlueNoroff"
        attack = "T1105,T1543.001"
        severity = "high"
        carriers = "macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_KANDYKORN_MACOS"

    strings:
        $file = "/Library/Caches/com.apple.safari.ck" ascii
        $order1 = "resp_file_dir" ascii
        $order2 = "resp_cfg_set" ascii
        $temp = "/tmp/tempXXXXXX" ascii

    condition:
        (uint32(0) == 0xFEEDFACF or uint32be(0) == 0xCAFEBABE) and
        filesize < 32MB and
        (all of ($order*) or ($file and any of ($order*, $temp)))
}
