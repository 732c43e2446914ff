// Stagecomp and Darkcomp (ms_upd.exe): downloader and remote control tool of 2026. The
// sample program that it is built from is Microsoft's and is no marker.

rule SPOOR_APT_DARKCOMP_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the agent name, files and object names of Stagecomp and Darkcomp"
        reference = "Rapid7, report on MuddyWater posing as ransomware, 2026-05"
        reference2 = "Symantec, report on Seedworm, 2026-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "Stagecomp/Darkcomp"
        actors = "MuddyWater"
        attack = "T1105,T1071.001"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_DARKCOMP_IMPLANT"

    strings:
        $agent = "StageClient/2.0" ascii wide
        $mutex = "ATTRIBUTES_ObjectKernel" ascii wide
        $note = "visualwincomp.txt" ascii wide
        $folder = "\\visualwincomp-" ascii wide
        $config = "/download/Game.config" ascii wide
        $message = "DISPLAY drives Handeler" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        2 of them
}
