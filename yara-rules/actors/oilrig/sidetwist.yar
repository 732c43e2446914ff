// SideTwist: C++ backdoor of 2021 that a document installs as a failure reporter.

rule SPOOR_APT_SIDETWIST_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the task, folder and files of the SideTwist backdoor"
        reference = "Check Point Research, \"Iran's APT34 Returns with an Updated Arsenal\", 2021-04"
        reference2 = "MITRE ATT&CK S0610"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "SideTwist"
        actors = "OilRig"
        attack = "S0610,T1053.005"
        severity = "high"
        carriers = "pe,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SIDETWIST_BACKDOOR"

    strings:
        $folder = "\\SystemFailureR\x65porter\\" ascii wide nocase
        $exe = "SystemFailureRep\x6Frter.exe" ascii wide nocase
        $update = "update.\x78ml" ascii wide
        $path = "/sear\x63h/" ascii wide

    condition:
        filesize < 16MB and
        uint8(0) != 0x3C and
        (($folder and $exe) or ($exe and $update and $path))
}
