// IPsec Helper: .NET backdoor of 2021 that runs as a service of that name.

rule SPOOR_APT_IPSEC_HELPER_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the marker text or service of the IPsec Helper backdoor"
        reference = "SentinelOne, \"From Wiper to Ransomware: The Evolution of Agrius\", 2021-05"
        reference2 = "MITRE ATT&CK S1132"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "IPsec Helper"
        actors = "Agrius"
        attack = "S1132,T1543.003"
        severity = "critical"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_IPSEC_HELPER_BACKDOOR"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $mark = "whynooneistherefornoneofthem" ascii wide
        $service = "IPsec Helper" ascii wide
        $exe = "IPsecHelper.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        $metadata and ($mark or all of ($service, $exe))
}
