// Gazer (WhiteBear): second-stage backdoor with its own RSA and 3DES.

rule SPOOR_APT_GAZER_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the mutex, log name or signers of the Gazer backdoor"
        reference = "ESET, \"Gazing at Gazer: Turla's new second stage backdoor\", 2017-08"
        reference2 = "MITRE ATT&CK S0168"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "Gazer"
        actors = "Turla"
        attack = "S0168,T1055"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GAZER_DLL"

    strings:
        $mutex = "531511FA-190D-5D85-8A4A-279F2F592CC7" ascii wide nocase
        $signer1 = "Solid Loop Ltd" ascii
        $signer2 = "Ultimate Computer Support Ltd" ascii
        $log = "CVRG72B5.tmp.cvr" ascii wide
        $shell = "Windows NT\\CurrentVersion\\Winlogon" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (any of ($mutex, $log) or (any of ($signer*) and $shell))
}
