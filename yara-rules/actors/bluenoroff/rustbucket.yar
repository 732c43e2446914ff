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
        $func1 = "downAndExecute" ascii
        $func2 = "down_update_run" ascii
        $func3 = "-[PEPWindow view_pdf:]" ascii
        $func4 = "_encrypt_pdf" ascii
        $bundle1 = "com.apple.pdfViewer" ascii
        $bundle2 = "com.softwaredev.swift-ui-test" ascii
        $file1 = "/Users/Shared/.pd" ascii
        $file2 = "/Library/Metadata/System Update" ascii
        $agent = "com.apple.systemupdate.plist" ascii
        $host = "cloud.dnx.capital" ascii
        $team1 = "7L2UQTVP6F" ascii

    condition:
        filesize < 32MB and
        (uint32(0) == 0xFEEDFACF or uint32be(0) == 0xCAFEBABE or uint32be(0) == 0x46617364 or uint8(0) == 0x23) and
        2 of them
}
