// StealthCache: backdoor of 2025. Its paths also stand in MuddyViper requests: they mark
// the lineage, not one tool.

rule SPOOR_APT_STEALTHCACHE_LINEAGE
{
    meta:
        author = "spoor project"
        description = "Finds the request paths shared by StealthCache and MuddyViper with a file or host of theirs"
        reference = "Group-IB, report on MuddyWater tools, 2025-09"
        reference2 = "ESET, \"MuddyWater: Snakes by the riverbank\", 2025-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "StealthCache"
        actors = "MuddyWater"
        attack = "T1071.001"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_STEALTHCACHE_LINEAGE"

    strings:
        $uri1 = "/aq36" ascii wide fullword
        $uri2 = "/adad" ascii wide fullword
        $host = "netivtech.org" ascii wide
        $file = "wtsapi.dll" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (all of ($uri*) or (any of ($uri*) and any of ($host, $file)))
}
