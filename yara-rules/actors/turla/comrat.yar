// ComRAT v4: backdoor with a hidden FAT image, started by a hijacked class. Class and
// task belong to Windows, so two names are asked for.

rule SPOOR_APT_COMRAT_V4_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the hijacked class, value and log name of ComRAT v4"
        reference = "ESET, \"From Agent.BTZ to ComRAT v4: A ten-year journey\", 2020-05"
        reference2 = "MITRE ATT&CK S0126"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "ComRAT v4"
        actors = "Turla"
        attack = "S0126,T1546.015,T1112"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_COMRAT_V4_DLL"

    strings:
        $class = "42aedc87-2188-41fd-b9a3-0c966feabec1" ascii wide nocase
        $value = "SQMClient\\Windows\\WSqmCons" ascii wide nocase
        $task = "Customer Experience Improvement Program\\Consolidator" ascii wide nocase
        $log = "FSAPIDebugLogFile.txt" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        2 of them
}
