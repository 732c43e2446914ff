// ROKRAT: backdoor that speaks to cloud storage. The boundary of its multipart upload has
// stayed the same over years.

rule SPOOR_APT_ROKRAT_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the multipart boundary of the ROKRAT backdoor"
        reference = "Cisco Talos, \"Introducing ROKRAT\", 2017"
        reference2 = "Check Point Research, \"Chain Reaction: ROKRAT's Missing Link\", 2023-05"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "ROKRAT"
        actors = "APT37"
        attack = "S0240,T1102.002"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ROKRAT_IMPLANT"

    strings:
        $boundary = "--wwjaughalvncjwiajs--" ascii wide
        $host1 = "api.pcloud.com" ascii wide
        $host2 = "cloud-api.yandex.net" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($boundary and any of ($host*))
}
