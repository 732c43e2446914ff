// PowGoop: side-loaded DLL that decodes a file beside it, and the PowerShell downloader
// that it starts. The genuine goopdate.dll is signed and knows none of these names.
// One byte of each script marker is written as \x.. so that this file does not match
// itself.

rule SPOOR_APT_POWGOOP_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the second export and payload names of the PowGoop side-loaded DLL"
        reference = "CISA, Alert AA22-055A, 2022-02"
        reference2 = "SentinelOne, \"Wading Through Muddy Waters\", 2022-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "PowGoop"
        actors = "MuddyWater"
        attack = "S1046,T1574.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_POWGOOP_LOADER"

    strings:
        $export = "DllRege" ascii fullword
        $core = "Core.dat" ascii wide
        $dore = "Dore.dat" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        $export and $dore and $core
}

rule SPOOR_APT_POWGOOP_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the decoding and cookie lines of the PowGoop downloader script"
        reference = "CISA, Alert AA22-055A, 2022-02"
        reference2 = "US Cyber Command, malware samples of MuddyWater, 2022-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "PowGoop"
        actors = "MuddyWater"
        attack = "S1046,T1059.001"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_POWGOOP_SCRIPT"

    strings:
        $decode = "$d.Add($in[$\x69]);" ascii nocase
        $cookie = "Headers.Add('Cookie',('val\x75e='" ascii nocase

    condition:
        filesize < 1MB and uint8(0) != 0x3C and
        all of them
}
