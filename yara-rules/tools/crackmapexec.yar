// CrackMapExec and NetExec: tools that run commands on many machines.

rule SPOOR_TOOL_CRACKMAPEXEC_TRACE
{
    meta:
        author = "spoor project"
        description = "Finds the command form of CrackMapExec or its name inside a packed program"
        reference = "byt3bl33d3r/CrackMapExec (source)"
        reference2 = "Pennyw0rth/NetExec (source)"
        reference3 = "MITRE ATT&CK S0488"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "CrackMapExec/NetExec"
        actors = "many"
        attack = "S0488,T1059.001"
        severity = "medium"
        carriers = "pe,elf,script,text,evtx"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_CRACKMAPEXEC_TRACE"
        fp = "authorised tests"

    strings:
        $command = "powershell.exe -exec bypas\x73 -noni -nop -w 1 -C" ascii wide nocase
        $name1 = "crackmap\x65xec" ascii
        $name2 = "CrackMap\x45xec" ascii
        $name3 = "nete\x78ec" ascii
        $pyi = "PYZ-00.\x70yz" ascii
        $home1 = ".cm\x65/" ascii
        $home2 = ".nx\x63/" ascii

    condition:
        filesize < 128MB and
        uint8(0) != 0x3C and
        ($command or (uint16(0) == 0x5A4D and $pyi and any of ($name*)) or (uint32(0) == 0x464C457F and any of ($name*) and any of ($pyi, $home*)))
}
