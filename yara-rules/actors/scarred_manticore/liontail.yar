// LIONTAIL: backdoor that speaks with the HTTP driver itself and is loaded as a library
// that Windows looks for and lacks.

rule SPOOR_APT_LIONTAIL_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the HTTP device and phantom module names of LIONTAIL"
        reference = "Check Point Research, \"From Albania to the Middle East: The Scarred Manticore is Listening\", 2023-10"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "LIONTAIL"
        actors = "Scarred Manticore"
        attack = "T1574.001,T1205"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_LIONTAIL_LOADER"
        fp = "system libraries that use the HTTP driver and are named so"

    strings:
        $device = "\\Device\\Http\\Communication" wide
        $module1 = "wlanapi.dll" ascii nocase
        $module2 = "wlbsctrl.dll" ascii nocase
        $module3 = "TSMSISrv" ascii nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        $device and any of ($module*)
}
