// Clones of PsExec. PAExec is shipped inside several remote tools; the misspelt pipe of
// RemCom is the marker.

rule SPOOR_TOOL_PSEXEC_CLONE
{
    meta:
        author = "spoor project"
        description = "Identifies PAExec, RemCom, CSExec, winexe and xCmd"
        reference = "poweradminllc/PAExec (source)"
        reference2 = "kavika13/RemCom (source)"
        reference3 = "malcomvetter/CSExec (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "PsExec clones"
        actors = "many"
        attack = "S0191,T1569.002,T1021.002"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_PSEXEC_CLONE"
        fp = "remote tools that ship PAExec"

    strings:
        $paexec1 = "PAExec-" ascii wide
        $paexec2 = "\\\\.\\pipe\\PAExec" ascii wide
        $remcom1 = "RemComSvc" ascii wide
        $remcom2 = "RemCom_communicaton" ascii wide
        $csexec = "csexecsvc" ascii wide
        $csexec2 = "CSExecSvc" ascii wide
        $winexe = "winexesvc" ascii wide
        $xcmd = "xCmdSvc" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (all of ($paexec*) or all of ($remcom*) or any of ($csexec*) and #csexec > 1 or (#winexe > 1) or (#xcmd > 1))
}
