// RustBucket: macOS chain of 2023: a script, a false PDF viewer and a Rust implant.

rule SPOOR_APT_RUSTBUCKET_MACOS
{
    meta:
        author = "spoor project"
        description = "Finds the classes, bundle names and files of the RustBucket stages"
        reference = "Jamf, \"BlueNoroff APT group targets macOS with RustBucket malware\", 2023-04"
        reference2 = "SentinelOne, \"BlueNoroff - How DPRK's macOS RustBucket Seeks to Evade Analysis and Detection\", 2023-07"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "RustBucket"
        actors = "BlueNoroff"
        attack = "T1059.002,T1543.001,T1204.002"
        severity = "critical"
        carriers = "macho,script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_RUSTBUCKET_MACOS"

    strings:
        $func1 = "downAndEx\x65cute" ascii
        $func2 = "down_upda\x74e_run" ascii
        $func3 = "-[PEPWindow v\x69ew_pdf:]" ascii
        $func4 = "_encryp\x74_pdf" ascii
        $bundle1 = "com.apple.pdf\x56iewer" ascii
        $bundle2 = "com.softwaredev.sw\x69ft-ui-test" ascii
        $file1 = "/Users/Sha\x72ed/.pd" ascii
        $file2 = "/Library/Metadata/Sys\x74em Update" ascii
        $agent = "com.apple.systemup\x64ate.plist" ascii
        $host = "cloud.dnx.ca\x70ital" ascii
        $team1 = "7L2UQT\x56P6F" ascii

    condition:
        filesize < 32MB and
        (uint32(0) == 0xFEEDFACF or uint32be(0) == 0xCAFEBABE or uint32be(0) == 0x46617364 or uint8(0) == 0x23) and
        2 of them
}
