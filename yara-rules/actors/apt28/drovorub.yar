// Drovorub: Linux rootkit with a client, a module and a server.

rule SPOOR_APT_DROVORUB_CLIENT
{
    meta:
        author = "spoor project"
        description = "Finds the configuration keys of the Drovorub client and server"
        reference = "NSA and FBI, \"Russian GRU 85th GTsSS Deploys Previously Undisclosed Drovorub Malware\", 2020-08"
        reference2 = "MITRE ATT&CK S0502"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Drovorub"
        actors = "APT28"
        attack = "S0502,T1014"
        severity = "high"
        carriers = "elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_DROVORUB_CLIENT"

    strings:
        $name = "drovorub" ascii nocase
        $key = "clientkey_base64" ascii
        $login = "client_login" ascii fullword
        $fork = "do_fork" ascii fullword

    condition:
        uint32(0) == 0x464C457F and
        filesize < 32MB and
        (($key and any of ($name, $login)) or ($name and all of ($login, $fork)))
}
