// Archives that need a password, as they are sent to get past gateways: the names of the
// entries are readable. Presence only; that it came by mail decides.

rule SPOOR_CARR_ARCHIVE_PROTECTED_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds small protected ZIP archives whose first entry is a program, script or link"
        reference = "PKWARE, APPNOTE.TXT"
        reference2 = "MITRE ATT&CK T1027.013"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 55
        family = "Container lures"
        actors = "many"
        attack = "T1027.013,T1566.001"
        severity = "low"
        carriers = "archive"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_ARCHIVE_PROTECTED_PROGRAM"
        fp = "protected archives that suppliers send on purpose"

    strings:
        $ext1 = ".ex\x65" ascii nocase
        $ext2 = ".sc\x72" ascii nocase
        $ext3 = ".ms\x69" ascii nocase
        $ext4 = ".ln\x6B" ascii nocase
        $ext5 = ".vb\x73" ascii nocase
        $ext6 = ".ht\x61" ascii nocase
        $ext7 = ".is\x6F" ascii nocase
        $ext8 = ".im\x67" ascii nocase
        $ext9 = ".ba\x74" ascii nocase
        $ext10 = ".ch\x6D" ascii nocase
        $ext11 = ".ws\x66" ascii nocase

    condition:
        filesize < 32MB and
        uint32be(0) == 0x504B0304 and uint16(6) & 1 == 1 and uint16(26) > 4 and uint16(26) < 200 and
        for any of ($ext*) : ($ at 30 + uint16(26) - 4)
}

rule SPOOR_CARR_ARCHIVE_DOUBLE_EXTENSION
{
    meta:
        author = "spoor project"
        description = "Finds ZIP entries that pose as a document and end in an extension that runs"
        reference = "MITRE ATT&CK T1036.007"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "Container lures"
        actors = "many"
        attack = "T1036.007,T1566.001"
        severity = "medium"
        carriers = "archive"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_ARCHIVE_DOUBLE_EXTENSION"

    strings:
        $d1 = /PK\x03\x04[\x00-\xFF]{26}[^\x00-\x1F\/]{0,48}\.(pdf|docx?|xlsx?|jpg|png|txt)\s{0,40}\.(exe|scr|lnk|js|vbs|hta|pif|com|bat|cmd)/

    condition:
        filesize < 64MB and
        uint32be(0) == 0x504B0304 and
        $d1
}
