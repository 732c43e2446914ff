// The scripts between an oversized shell link and ROKRAT: they look for the link by its
// length, cut a document and code out of it and run the code.

rule SPOOR_APT_ROKRAT_STAGE
{
    meta:
        author = "spoor project"
        description = "Finds the batch and script stage that an oversized link unpacks for ROKRAT"
        reference = "Check Point Research, \"Chain Reaction: ROKRAT's Missing Link\", 2023-05"
        reference2 = "MITRE ATT&CK S0240"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "ROKRAT"
        actors = "APT37"
        attack = "S0240,T1059.001,T1027.009"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ROKRAT_STAGE"

    strings:
        $find1 = "Get-Child\x49tem" ascii wide nocase
        $find2 = ".ln\x6B" ascii wide nocase
        $size = ".Lengt\x68 -eq" ascii wide nocase
        $public = "$env:pub\x6Cic" ascii wide nocase
        $public2 = "%publ\x69c%\\" ascii wide nocase
        $xor = "-bx\x6Fr" ascii wide nocase
        $alloc1 = "VirtualA\x6Cloc" ascii wide nocase
        $alloc2 = "VirtualPr\x6Ftect" ascii wide nocase
        $thread = "CreateTh\x72ead" ascii wide nocase
        $bytes = "ReadAllB\x79tes" ascii wide nocase
        $seek = ".Se\x65k(" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 4MB and
        ((any of ($public*) and $bytes and $xor and any of ($alloc*) and $thread) or ($find1 and $find2 and $size and any of ($public*) and any of ($seek, $bytes)))
}
