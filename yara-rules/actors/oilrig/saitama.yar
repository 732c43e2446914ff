// Saitama: .NET agent of 2022 built as a finite-state machine over DNS.

rule SPOOR_APT_SAITAMA_AGENT
{
    meta:
        author = "spoor project"
        description = "Finds the name space or hosts of the Saitama agent"
        reference = "Malwarebytes, \"APT34 targets Jordan Government using new Saitama backdoor\", 2022-05"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "Saitama"
        actors = "OilRig"
        attack = "T1071.004,T1568.002"
        severity = "critical"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SAITAMA_AGENT"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $space = "Saitama.Agent" ascii
        $host1 = "uber-asia.com" wide
        $host2 = "asiaworldremit.com" wide
        $host3 = "joexpediagroup.com" wide
        $file = "\\MicrosoftUpdate\\update.exe" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        $metadata and ($space or 2 of ($host*) or (any of ($host*) and $file))
}
