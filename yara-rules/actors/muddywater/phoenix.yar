// Phoenix (v2 to v4, LightPhoenix): C++ backdoor of 2025. The user agents that it copies
// from sample code are no markers and are only counted beside its file name.

rule SPOOR_APT_PHOENIX_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the build paths, key texts or mutex of the Phoenix backdoor"
        reference = "Group-IB, \"Unmasking MuddyWater's New Malware Toolkit Driving International Espionage\", 2025-10"
        reference2 = "Unit 42, report on Boggy Serpens, 2026-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "Phoenix (MuddyWater)"
        actors = "MuddyWater"
        attack = "T1547.004,T1071.001"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_PHOENIX_IMPLANT"

    strings:
        $pdb1 = "\\phoenixV3\\phoenixV2\\x64\\" ascii
        $pdb2 = "C:\\Users\\win10\\Desktop\\phoenixV4\\" ascii
        $key1 = "jfdghkjfdgklhjdfhgsfd09g9045jlkdfjlkgedfg5949045dfjgdflgljkdfgdf" ascii wide
        $key2 = "edwfwergrtgtrgt5hyhy6hghtbgbt5by" ascii wide
        $mutex = "sysprocupdate.exe" ascii wide
        $agent1 = "WinHTTP Example/1.0" ascii wide
        $agent2 = "WinHttpClient/1.0" ascii wide
        $uri = "/iamalive" ascii wide fullword
        $build = "\\phonix\\" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (any of ($pdb*, $key*) or
         ($mutex and any of ($uri, $build) and any of ($agent*)))
}
