// APERETIF: trojan of 2023, known by its build path.

rule SPOOR_APT_APERETIF_TROJAN
{
    meta:
        author = "spoor project"
        description = "Finds the build path of the APERETIF trojan"
        reference = "SentinelOne, \"Winter Vivern: Uncovering a Wave of Global Espionage\", 2023-03"
        reference2 = "CERT-UA, report 5909, 2023-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "APERETIF"
        actors = "Winter Vivern"
        attack = "T1113,T1059.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_APERETIF_TROJAN"

    strings:
        $pdb1 = "\\repos\\Aperitivchick\\Release\\SystemProtector.pdb" ascii
        $pdb2 = "\\repos\\Aperitivchick 2\\Release\\SystemProtector.pdb" ascii
        $name = "Aperitivchick" ascii
        $exe = "SystemProtector.exe" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (any of ($pdb*) or ($name and $exe))
}
