// TEARDROP: memory-only loader of the SolarWinds intrusion that first reads a picture
// file and a registry key.

rule SPOOR_APT_TEARDROP_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the false picture and registry check of the TEARDROP loader"
        reference = "FireEye, \"Highly Evasive Attacker Leverages SolarWinds Supply Chain\", 2020-12"
        reference2 = "MITRE ATT&CK S0560"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "TEARDROP"
        actors = "APT29"
        attack = "S0560,T1027"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_TEARDROP_LOADER"

    strings:
        $picture = "gracious_truth.jpg" ascii wide
        $module = "NETSETUPSVC.DLL" ascii nocase
        $key = "Microsoft\\CTF" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($picture and any of ($module, $key))
}
