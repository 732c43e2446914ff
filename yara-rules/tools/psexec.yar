// PsExec: administrator tool; whether it was theirs tell the key files and the registry.

rule SPOOR_TOOL_PSEXEC_BINARY
{
    meta:
        author = "spoor project"
        description = "Identifies PsExec and its service"
        reference = "Microsoft Sysinternals, PsExec"
        reference2 = "MITRE ATT&CK S0029"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 45
        family = "PsExec"
        actors = "many"
        attack = "S0029,T1569.002,T1021.002"
        severity = "low"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_PSEXEC_BINARY"
        fp = "administrators use it"

    strings:
        $name = "Sysinternals PsExec" wide
        $service = "PSEXESVC" ascii wide
        $pdb = "psexesvc.pdb" ascii
        $company = "Sysinternals" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 4MB and
        ($name or ($pdb and $service) or ($service and $company))
}
