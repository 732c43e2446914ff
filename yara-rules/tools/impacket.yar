// Impacket: Python library for Windows protocols; wmiexec and smbexec leave their
// redirection in logs and histories of the target.

rule SPOOR_TOOL_IMPACKET_REMOTE_COMMAND
{
    meta:
        author = "spoor project"
        description = "Finds the output redirection of Impacket commands on the target"
        reference = "fortra/impacket (source)"
        reference2 = "MITRE ATT&CK S0357"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "Impacket"
        actors = "many"
        attack = "S0357,T1047,T1021.002,T1569.002"
        severity = "medium"
        carriers = "script,text,evtx"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_IMPACKET_REMOTE_COMMAND"
        fp = "authorised tests"

    strings:
        $wmi1 = "1> \\\\127.0.0.1\\A\x44MIN$\\__" ascii wide nocase
        $wmi2 = "cmd.ex\x65 /Q /c" ascii wide nocase
        $smb1 = "%COMSPEC% /Q /\x63 echo" ascii wide nocase
        $smb2 = "\\__outpu\x74 2^>^&1" ascii wide nocase
        $smb3 = "BTOB\x54O" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 64MB and
        (all of ($wmi*) or (2 of ($smb*)))
}

rule SPOOR_TOOL_IMPACKET_COMPILED
{
    meta:
        author = "spoor project"
        description = "Identifies Impacket examples packed into a program for Windows"
        reference = "fortra/impacket (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "Impacket"
        actors = "many"
        attack = "S0357"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_IMPACKET_COMPILED"
        fp = "administrators who pack it themselves"

    strings:
        $lib = "impacket.examples" ascii
        $dcerpc = "impacket.dcerpc" ascii
        $pyi = "PYZ-00.pyz" ascii
        $mei = "_MEIPASS" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        any of ($lib, $dcerpc) and any of ($pyi, $mei)
}
