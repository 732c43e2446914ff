// Password spraying and mailbox tools.

rule SPOOR_TOOL_PASSWORD_SPRAY
{
    meta:
        author = "spoor project"
        description = "Identifies Kerbrute, ruler and password spraying scripts"
        reference = "ropnop/kerbrute (source)"
        reference2 = "sensepost/ruler (source)"
        reference3 = "dafthack/DomainPasswordSpray (source)"
        reference4 = "dafthack/MailSniper (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Kerbrute/DomainPasswordSpray/ruler"
        actors = "Peach Sandstorm,many"
        attack = "S0358,T1110.003,T1137"
        severity = "high"
        carriers = "pe,elf,script,text,evtx"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_PASSWORD_SPRAY"
        fp = "authorised tests"

    strings:
        $kerbrute = "github.com/ropnop/\x6Berbrute" ascii
        $ruler = "sensepost/\x72uler" ascii
        $spray = "function Invoke-DomainPa\x73swordSpray" ascii wide nocase
        $sniper1 = "MailSn\x69per" ascii wide nocase
        $sniper2 = "function Invoke-Se\x6CfSearch" ascii wide nocase

    condition:
        filesize < 64MB and
        uint8(0) != 0x3C and
        ((any of ($kerbrute, $ruler) and (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F)) or $spray or ($sniper1 and $sniper2))
}
