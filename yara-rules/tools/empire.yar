// Empire: open PowerShell framework; the launcher is mostly met in its encoded form in
// event logs.

rule SPOOR_TOOL_EMPIRE_LAUNCHER
{
    meta:
        author = "spoor project"
        description = "Finds the launcher and stager lines of Empire"
        reference = "BC-SECURITY/Empire (source)"
        reference2 = "MITRE ATT&CK S0363"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "Empire"
        actors = "many"
        attack = "S0363,T1059.001,T1027"
        severity = "high"
        carriers = "script,text,evtx"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_EMPIRE_LAUNCHER"
        fp = "authorised tests"

    strings:
        $invoke = "Invoke-Em\x70ire" ascii wide nocase
        $key = "$K=[System.Text.Encoding]::AS\x43II.GetBytes(" ascii wide nocase
        $rc4 = "$R={$D,$K=$Args;$S=\x30..255" ascii wide nocase
        $launch = "powershell -noP -s\x74a -w 1 -enc" ascii wide nocase
        $uri1 = "/login/proce\x73s.php" ascii wide nocase
        $uri2 = "/admin/ge\x74.php" ascii wide nocase
        $debug = "Microsoft\\Windows\\Current\x56ersion\\debug" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 4MB and
        (2 of ($key, $rc4, $invoke) or (any of ($key, $rc4, $invoke) and any of ($uri*, $launch, $debug)) or ($launch and $debug))
}
