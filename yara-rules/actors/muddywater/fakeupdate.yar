// FakeUpdate: injector of 2025 that a macro drops under the name of a log file.

rule SPOOR_APT_FAKEUPDATE_DROP
{
    meta:
        author = "spoor project"
        description = "Finds programs that name the log-named program of the FakeUpdate chain"
        reference = "Group-IB, \"Unmasking MuddyWater's New Malware Toolkit Driving International Espionage\", 2025-10"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "FakeUpdate (MuddyWater)"
        actors = "MuddyWater"
        attack = "T1036.008,T1055"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_FAKEUPDATE_DROP"

    strings:
        $drop = "C:\\Users\\Public\\Documents\\ManagerProc.log" ascii wide
        $inject1 = "WriteProcessMemory" ascii
        $inject2 = "CreateRemoteThread" ascii
        $decrypt1 = "BCryptDecrypt" ascii
        $decrypt2 = "CryptDecrypt" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $drop and any of ($inject*, $decrypt*)
}
