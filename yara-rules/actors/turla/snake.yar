// Snake (Uroburos): kernel implant whose service poses as error reporting and whose key
// lies in a file type of sounds.

rule SPOOR_APT_SNAKE_COMPONENTS
{
    meta:
        author = "spoor project"
        description = "Finds the service, files and installer name of the Snake implant"
        reference = "CISA, Alert AA23-129A, \"Hunting Russian Intelligence Snake Malware\", 2023-05"
        reference2 = "MITRE ATT&CK S0022"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "Snake"
        actors = "Turla"
        attack = "S0022,T1543.003,T1027.011"
        severity = "critical"
        carriers = "pe,elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SNAKE_COMPONENTS"

    strings:
        $service = "WerFaultSvc" ascii wide
        $key = ".wav\\OpenWithProgIds" ascii wide nocase
        $file = "comadmin.dat" ascii wide
        $installer = "jpsetup.exe" ascii wide

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and
        filesize < 32MB and
        (2 of ($service, $key, $installer) or ($file and any of ($service, $key, $installer)))
}
