// IMAPLoader: .NET loader of 2023 that takes orders from mailboxes.

rule SPOOR_APT_IMAPLOADER_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the name and mailboxes of IMAPLoader"
        reference = "PwC, \"Yellow Liderc ships its scripts and delivers IMAPLoader malware\", 2023-10"
        reference2 = "MITRE ATT&CK S1152"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "IMAPLoader"
        actors = "Imperial Kitten"
        attack = "S1152,T1071.003,T1574.014"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_IMAPLOADER_DLL"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $name = "IMAPLoader" ascii wide
        $box1 = "leviblum" wide
        $box2 = "brodyheywood" wide
        $imap = "imap" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        $metadata and (($name and any of ($box*, $imap)) or all of ($box*))
}
