// CaddyWiper: small wiper whose texts are built on the stack. What remains is how it
// overwrites the drive layout: 1,920 bytes by control code 0x7C054. The marker bytes are
// code, the specimens hold them as data that nothing runs.

rule SPOOR_APT_CADDYWIPER_WIPER
{
    meta:
        author = "spoor project"
        description = "Finds the partition wipe of CaddyWiper: its control code and length pushed together"
        reference = "ESET, \"CaddyWiper: New wiper malware discovered in Ukraine\", 2022-03"
        reference2 = "MITRE ATT&CK S0693"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "CaddyWiper"
        actors = "Sandworm"
        attack = "S0693,T1561.002"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_CADDYWIPER_WIPER"

    strings:
        // push 1920 ... push 0x7C054, in either order, within 32 bytes
        $wipe1 = { 68 80 07 00 00 [0-32] 68 54 C0 07 00 }
        $wipe2 = { 68 54 C0 07 00 [0-32] 68 80 07 00 00 }
        $role = "DsRoleGetPrimaryDomainInformation" ascii
        // C:\U on the stack, byte by byte or in one store
        $stack1 = { C6 45 ?? 43 C6 45 ?? 3A C6 45 ?? 5C }
        $stack2 = { C7 45 ?? 43 3A 5C 55 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 100KB and
        any of ($wipe*) and any of ($role, $stack*)
}
