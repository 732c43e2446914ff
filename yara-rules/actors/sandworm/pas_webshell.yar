// P.A.S. (Fobushell): PHP shell of about 20 KB that decrypts itself by password; its
// first line and the reversed function name are constant.

rule SPOOR_APT_PAS_WEBSHELL
{
    meta:
        author = "spoor project"
        description = "Finds the encoded start of the P.A.S. PHP web shell"
        reference = "ANSSI, \"Sandworm intrusion set campaign targeting Centreon systems\", 2021-02"
        reference2 = "MITRE ATT&CK S0598"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "P.A.S. webshell"
        actors = "Sandworm,many"
        attack = "S0598,T1505.003"
        severity = "high"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_PAS_WEBSHELL"

    strings:
        $start = "<?ph\x70 $____=" ascii
        $back = "strrev('edoced_\x346esab')" ascii
        $request = "{$_REQU\x45ST" ascii
        $inflate = "gzinfl\x61te(" ascii
        $cookie = "$_COOK\x49E" ascii

    condition:
        (uint32be(0) == 0x3C3F7068 or uint32be(0) == 0x3C3F0D0A or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        filesize < 256KB and
        (($start and any of ($back, $request, $inflate)) or ($back and any of ($request, $cookie) and $inflate))
}
