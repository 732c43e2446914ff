// SimpleHelp remote access. The server is always run by the operator: the address in
// serviceconfig.xml (ConnectTo) tells whose it is.

rule SPOOR_RMM_SIMPLEHELP_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies SimpleHelp remote access programs by their version resource"
        reference = "LOLRMM, SimpleHelp"
        reference2 = "MITRE ATT&CK G0069"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "SimpleHelp (Remote Access)"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_SIMPLEHELP_PROGRAM"
        fp = "every computer supported through SimpleHelp"

    strings:
        // CompanyName = SimpleHelp Ltd
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 69 00 6D 00 70 00 6C 00 65 00 48 00 65 00 6C 00 70 00 20 00 4C 00 74 00 64 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        $company
}

rule SPOOR_RMM_SIMPLEHELP_CONFIG
{
    meta:
        author = "spoor project"
        description = "Identifies the service configuration of a SimpleHelp client"
        reference = "LOLRMM, SimpleHelp"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "SimpleHelp (Remote Access)"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_SIMPLEHELP_CONFIG"
        fp = "every computer supported through SimpleHelp"

    strings:
        $server = "<ConnectTo>" ascii
        $installation = "JWrapper-Remote Access" ascii

    condition:
        filesize < 1MB and uint8(0) == 0x3C and
        all of them
}
