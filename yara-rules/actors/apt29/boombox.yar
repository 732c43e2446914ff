// BoomBox: .NET downloader of 2021 that talks to a file host; its key and vector are text
// constants.

rule SPOOR_APT_BOOMBOX_DOWNLOADER
{
    meta:
        author = "spoor project"
        description = "Finds the key texts of the BoomBox downloader"
        reference = "Microsoft, \"Breaking down NOBELIUM's latest early-stage toolset\", 2021-05"
        reference2 = "MITRE ATT&CK S0635"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "BoomBox"
        actors = "APT29"
        attack = "S0635,T1102.002"
        severity = "critical"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BOOMBOX_DOWNLOADER"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $key = "123do3y4r378o5t34onf7t3o573tfo73" wide
        $vector = "1233t04p7jn3n4rg" wide
        $run_value = "MicroNativeCacheSvc" wide
        $export = "_configNativeCache" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 4MB and $metadata and
        ($key or 2 of ($vector, $run_value, $export))
}
