// FleetDeck. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_FLEETDECK_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies FleetDeck programs by their version resource and names"
        reference = "LOLRMM, FleetDeck"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "FleetDeck"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_FLEETDECK_PROGRAM"
        fp = "every computer whose owner uses FleetDeck"

    strings:
        // CompanyName = FleetDeck Inc.
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 46 00 6C 00 65 00 65 00 74 00 44 00 65 00 63 00 6B 00 20 00 49 00 6E 00 63 00 }
        // ProductName = FleetDeck Agent
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 46 00 6C 00 65 00 65 00 74 00 44 00 65 00 63 00 6B 00 20 00 41 00 67 00 65 00 6E 00 74 00 }
        // OriginalFilename = fleetdeck_agent_svc.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 66 00 6C 00 65 00 65 00 74 00 64 00 65 00 63 00 6B 00 }
        $name1 = "fleetdeck_commander_svc" ascii wide
        $name2 = "FleetDeck Agent Service" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($company, $product, $original) or (any of ($company, $product, $original) and 2 of ($name*)))
}
