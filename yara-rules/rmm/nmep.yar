// Net Monitor for Employees Pro. Presence only: whether it is theirs tells the account
// or server that its settings name.

rule SPOOR_RMM_NET_MONITOR_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies Net Monitor for Employees Pro programs by their names"
        reference = "LOLRMM, Net Monitor for Employees Pro"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "Net Monitor for Employees Pro"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_NET_MONITOR_PROGRAM"
        fp = "every computer whose owner uses Net Monitor for Employees Pro"

    strings:
        $name1 = "nmep_ctrlagent.exe" ascii wide
        $name2 = "nmep_ctrlagentsvc" ascii wide
        $name3 = "nmep_agtconfig.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($name*))
}
