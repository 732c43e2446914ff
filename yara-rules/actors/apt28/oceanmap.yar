// OCEANMAP: .NET backdoor of 2023 that keeps its orders in the drafts of a mailbox.

rule SPOOR_APT_OCEANMAP_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the IMAP commands and members of the OCEANMAP backdoor"
        reference = "HarfangLab, TRR240101, 2024-01"
        reference2 = "CERT-UA, report 8399, 2023-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "OCEANMAP"
        actors = "APT28"
        attack = "T1071.003,T1102.002,T1547.001"
        severity = "critical"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_OCEANMAP_IMPLANT"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $imap1 = "$ SELECT INBOX.Drafts" wide
        $imap2 = "$ UID SEARCH subject \"" wide
        $imap3 = "$ APPEND INBOX {" wide
        $imap4 = "+FLAGS (\\Deleted)" wide
        $imap5 = "BODY.PEEK[text]" wide
        $order = "changesecond" ascii wide
        $member1 = "r_creds" ascii
        $member2 = "ReplaceBytes" ascii
        $pdb = "\\Source\\imap_chanel\\imap_chanel\\obj\\" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        $metadata and ($pdb or 3 of ($imap*) or (2 of ($imap*) and any of ($order, $member*)) or ($order and all of ($member*)))
}
