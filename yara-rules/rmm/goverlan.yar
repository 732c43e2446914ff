// Goverlan Reach. Presence only: whether it is theirs tells the account or server that
// its settings name.

rule SPOOR_RMM_GOVERLAN_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Goverlan Reach programs by their version resource and names"
        reference = "LOLRMM, Goverlan Reach"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Goverlan Reach"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_GOVERLAN_PROGRAM"
        fp = "every computer whose owner uses Goverlan Reach"

    strings:
        // CompanyName = EasyVista, Inc.
        $company = { 43 00 6F 00 6D 00 70 00 61 00 6E 00 79 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 45 00 61 00 73 00 79 00 56 00 69 00 73 00 74 00 61 00 }
        $name1 = "GovSrv.exe" ascii wide
        $name2 = "GoverRMC.exe" ascii wide
        $name3 = "GovReachClient.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (($company and any of ($name*)))
}
