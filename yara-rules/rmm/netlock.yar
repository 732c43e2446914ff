// NetLock RMM. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_NETLOCK_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies NetLock RMM programs by their names"
        reference = "LOLRMM, NetLock RMM"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "NetLock RMM"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_NETLOCK_PROGRAM"
        fp = "every computer whose owner uses NetLock RMM"

    strings:
        $name1 = "NetLock_RMM_Agent_Installer" ascii wide
        $name2 = "NetLock_RMM_User_Process" ascii wide
        $name3 = "NetLock_RMM_User_UAC" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($name*))
}
