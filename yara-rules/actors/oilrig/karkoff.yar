// Karkoff: .NET backdoor of 2019 whose name spaces tell what it is.

rule SPOOR_APT_KARKOFF_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the build path and host of the Karkoff backdoor"
        reference = "Cisco Talos, \"DNSpionage brings out the Karkoff\", 2019-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "Karkoff"
        actors = "OilRig"
        attack = "T1071.001,T1543.003"
        severity = "critical"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_KARKOFF_BACKDOOR"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $pdb = "DropperBackdoor.pdb" ascii
        $space = "DropperBackdoor" ascii
        $host = "rimrun.com" wide
        $json = "Newtonsoft.Json.dll" wide
        $log = "Log.txt" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        $metadata and ($pdb or ($space and any of ($host, $json)) or ($host and any of ($json, $log)))
}
