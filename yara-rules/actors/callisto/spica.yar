// SPICA: Rust backdoor of 2023 that poses as a decrypter of a PDF.

rule SPOOR_APT_SPICA_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the task, decoy and names of the SPICA backdoor"
        reference = "Google TAG, \"Russian threat group COLDRIVER expands its targeting of Western officials to include the use of malware\", 2024-01"
        reference2 = "MITRE ATT&CK S1140"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "SPICA"
        actors = "Callisto"
        attack = "S1140,T1053.005,T1071.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SPICA_BACKDOOR"

    strings:
        $task = "CalendarChecker" ascii wide
        $name = "Spica" ascii
        $agent = "Agent.info" ascii
        $decoy = "Proton-decrypter" ascii wide
        $socket = "websocket" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        (($task and any of ($name, $agent, $decoy, $socket)) or ($decoy and any of ($name, $agent)) or ($name and $agent and $socket))
}
