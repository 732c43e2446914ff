// Virtual disks as mail attachments: what they hold lacks the mark of the web. Only
// small ones are looked at.

rule SPOOR_CARR_VHD_SMALL_LNK
{
    meta:
        author = "spoor project"
        description = "Finds small virtual disks that hold a shell link to an interpreter"
        reference = "Microsoft, Virtual Hard Disk Image Format Specification"
        reference2 = "Microsoft, [MS-VHDX]: Virtual Hard Disk v2 File Format"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "Container lures"
        actors = "BlueNoroff,many"
        attack = "T1553.005,T1204.002"
        severity = "medium"
        carriers = "any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_VHD_SMALL_LNK"
        fp = "disks of a virtual machine that are cut small"

    strings:
        $link = { 01 14 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $i1 = "powers\x68ell" wide nocase
        $i2 = "cmd.e\x78e" wide nocase
        $i3 = "msh\x74a" wide nocase
        $i4 = "wscr\x69pt" wide nocase
        $i5 = "rundl\x6C32" wide nocase

    condition:
        filesize < 64MB and
        (uint32be(0) == 0x636F6E65 or uint32be(0) == 0x76686478 or (uint32be(filesize - 512) == 0x636F6E65 and uint32be(filesize - 508) == 0x63746978)) and
        $link and any of ($i*)
}
