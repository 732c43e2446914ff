// The potato family and PrintSpoofer: from a service account to SYSTEM. The class is
// that of BITS and stands in ordinary programs.

rule SPOOR_TOOL_POTATO_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds the names and messages of the potato privilege escalation programs"
        reference = "ohpe/juicy-potato (source)"
        reference2 = "BeichenDream/GodPotato (source)"
        reference3 = "itm4n/PrintSpoofer (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Potato family"
        actors = "many"
        attack = "T1134.001,T1068"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_POTATO_PROGRAM"
        fp = "authorised tests"

    strings:
        $name1 = "JuicyPotato" ascii wide
        $name2 = "GodPotato" ascii wide
        $name3 = "SweetPotato" ascii wide
        $name4 = "PrintSpoofer" ascii wide
        $name5 = "EfsPotato" ascii wide
        $name6 = "BadPotato" ascii wide
        $seimp = "[+] Found privilege: SeImpersonatePrivilege" ascii wide
        $seimp2 = "SeImpersonatePrivilege" ascii wide
        $bits = "4991d34b-80a1-4291-83b6-3328366b9097" ascii wide nocase
        $spool = "ncacn_np:localhost/pipe/" ascii wide
        $spool2 = "\\pipe\\spoolss" ascii wide
        $efs = "EfsRpcOpenFileRaw" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (any of ($name*) and any of ($seimp*, $bits, $spool, $spool2, $efs) or $seimp or ($spool and $spool2 and $seimp2) or ($bits and $seimp2))
}
