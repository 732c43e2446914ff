// FudModule: rootkit library that brings its own vulnerable driver. The drivers
// themselves are in the hash list.

rule SPOOR_APT_FUDMODULE_ROOTKIT
{
    meta:
        author = "spoor project"
        description = "Finds the name of FudModule beside the drivers it abuses"
        reference = "ESET, \"Lazarus & BYOVD: Evil to the Windows core\", 2022-10"
        reference2 = "Avast, \"Lazarus and the FudModule Rootkit: Beyond BYOVD with an Admin-to-Kernel Zero-Day\", 2024-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "FudModule"
        actors = "Lazarus"
        attack = "T1068,T1014"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_FUDMODULE_ROOTKIT"

    strings:
        $name = "FudModule.dll" ascii
        $driver1 = "dbutil_2_3.sys" ascii wide
        $driver2 = "ene.sys" ascii wide nocase
        $driver3 = "appid.sys" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $name and any of ($driver*)
}
