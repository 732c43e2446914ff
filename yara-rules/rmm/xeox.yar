// XEOX. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_XEOX_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies XEOX programs by their version resource and names"
        reference = "LOLRMM, XEOX"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "XEOX"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_XEOX_PROGRAM"
        fp = "every computer whose owner uses XEOX"

    strings:
        // CompanyName = hs2n Informationstechnologie
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 68 00 73 00 }
        $name1 = "xeox-agent_x64" ascii wide
        $name2 = "xeox_service_windows" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (($company and any of ($name*)))
}
