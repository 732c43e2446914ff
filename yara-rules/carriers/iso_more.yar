// Disc images that bring a genuine program and a library for it to load, with a link to
// start them.

rule SPOOR_CARR_ISO_SIDELOAD
{
    meta:
        author = "spoor project"
        description = "Finds small disc images with a link and a hidden program beside a library and data"
        reference = "Unit 42, \"When Pentest Tools Go Brutal\", 2022-07"
        reference2 = "Microsoft, \"Breaking down NOBELIUM's latest early-stage toolset\", 2021-05"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "Container lures"
        actors = "APT29,many"
        attack = "T1553.005,T1574.001"
        severity = "medium"
        carriers = "iso"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_ISO_SIDELOAD"
        fp = "driver discs with a start link"

    strings:
        $link = { 01 14 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $dll = ".DL\x4C;1" ascii nocase
        $exe = ".EX\x45;1" ascii nocase
        $lnk = ".LN\x4B;1" ascii nocase

    condition:
        filesize < 32MB and
        uint32be(0x8001) == 0x43443030 and uint8(0x8005) == 0x31 and
        $link and $lnk and $dll and $exe
}
