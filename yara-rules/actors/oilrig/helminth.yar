// Helminth: scripts of 2016 that exfiltrate by DNS names; the task imitates the browser
// updater.

rule SPOOR_APT_HELMINTH_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the script files and task of the Helminth backdoor"
        reference = "Unit 42, \"The OilRig Campaign: Attacks on Saudi Arabian Organizations Deliver Helminth Backdoor\", 2016-05"
        reference2 = "MITRE ATT&CK S0170"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Helminth"
        actors = "OilRig"
        attack = "S0170,T1071.004,T1053.005"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_HELMINTH_SCRIPT"

    strings:
        $file1 = "\\Libraries\\upd\x61te.vbs" ascii wide nocase
        $file2 = "\\Libraries\\d\x6Es.ps1" ascii wide nocase
        $task = "GoogleUpdateTasks\x4DachineUI" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 2MB and
        2 of them
}
