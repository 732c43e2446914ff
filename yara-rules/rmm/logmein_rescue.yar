// LogMeIn Rescue. Presence only: whether it is theirs tells the account or server that
// its settings name.

rule SPOOR_RMM_LOGMEIN_RESCUE_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies LogMeIn Rescue programs by their version resource and names"
        reference = "LOLRMM, LogMeIn Rescue"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "LogMeIn Rescue"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_LOGMEIN_RESCUE_PROGRAM"
        fp = "every computer whose owner uses LogMeIn Rescue"

    strings:
        // ProductName = LogMeIn Rescue
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4C 00 6F 00 67 00 4D 00 65 00 49 00 6E 00 20 00 52 00 65 00 73 00 63 00 75 00 65 00 }
        // OriginalFilename = LMI_Rescue.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 4C 00 4D 00 49 00 }
        $name1 = "LMI_Rescue_srv.exe" ascii wide
        $name2 = "LMIRescue_" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (all of ($product, $original) or (any of ($product, $original) and 2 of ($name*)))
}
