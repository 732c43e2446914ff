// Fakeset: Python backdoor of 2026. Its code-signing names are shared with other tools,
// the two buckets it loads from are not.

rule SPOOR_APT_FAKESET_STAGE
{
    meta:
        author = "spoor project"
        description = "Finds the storage buckets that Fakeset fetches its stages from"
        reference = "Symantec, report on Seedworm, 2026-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Fakeset"
        actors = "MuddyWater"
        attack = "T1105,T1102"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_FAKESET_STAGE"

    strings:
        $bucket1 = "gitempire.s3.us-east-005.ba\x63kblazeb2.com" ascii wide nocase
        $bucket2 = "elvenforest.s3.us-east-005.ba\x63kblazeb2.com" ascii wide nocase
        $code1 = "impo\x72t" ascii wide
        $code2 = "request\x73.get(" ascii wide
        $code3 = "urlo\x70en(" ascii wide
        $code4 = "powers\x68ell" ascii wide nocase
        $code5 = "cu\x72l" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 8MB and
        any of ($bucket*) and any of ($code*)
}

rule SPOOR_APT_FAKESET_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds programs that name the storage buckets of Fakeset"
        reference = "Symantec, report on Seedworm, 2026-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Fakeset"
        actors = "MuddyWater"
        attack = "T1105,T1102"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_FAKESET_PROGRAM"

    strings:
        $bucket1 = "gitempire.s3.us-east-005.backblazeb2.com" ascii wide
        $bucket2 = "elvenforest.s3.us-east-005.backblazeb2.com" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        any of them
}
