// OneNote sections as mail attachments (2023): attachments behind a picture of a button.
// The magic stands before each attachment.

rule SPOOR_CARR_ONENOTE_EMBEDDED
{
    meta:
        author = "spoor project"
        description = "Finds OneNote sections that carry a script, link or program as attachment"
        reference = "Microsoft, [MS-ONESTORE]: OneNote Revision Store File Format"
        reference2 = "MITRE ATT&CK T1566.001"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Container lures"
        actors = "many"
        attack = "T1566.001,T1204.002"
        severity = "high"
        carriers = "any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_ONENOTE_EMBEDDED"
        fp = "notebooks of developers with attached scripts"

    strings:
        // guidHeader of a FileDataStoreObject, {BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC}; the data begin 20 bytes behind it
        $object = { E7 16 E3 BD 65 26 11 45 A4 C4 8D 4D 0B 7A 9E AC }
        $mz = { E7 16 E3 BD 65 26 11 45 A4 C4 8D 4D 0B 7A 9E AC [20] 4D 5A }
        $lnk = { E7 16 E3 BD 65 26 11 45 A4 C4 8D 4D 0B 7A 9E AC [20] 4C 00 00 00 01 14 02 00 }
        $script1 = "<scri\x70t" ascii nocase
        $script2 = "WScript.S\x68ell" ascii nocase
        $script3 = "powers\x68ell" ascii nocase
        $script4 = "<hta:applic\x61tion" ascii nocase
        $script5 = "@echo \x6Fff" ascii nocase
        $script6 = "msh\x74a" ascii nocase

    condition:
        filesize < 64MB and
        uint32be(0) == 0xE4525C7B and uint32be(4) == 0x8CD8A74D and
        $object and (any of ($mz, $lnk) or any of ($script*))
}
