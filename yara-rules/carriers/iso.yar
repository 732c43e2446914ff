// Small disc images made to get a link and what it starts past the mark of the web. The
// files are known by their first bytes at the start of a sector, not by name.

rule SPOOR_CARR_ISO_LNK_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds a small disc image that holds a shell link beside a program or script"
        reference = "Unit 42, \"When Pentest Tools Go Brutal\", 2022-07"
        reference2 = "Microsoft, \"New sophisticated email-based attack from NOBELIUM\", 2021-05"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "Container lures"
        actors = "APT29,many"
        attack = "T1553.005,T1204.002"
        severity = "medium"
        carriers = "iso"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_ISO_LNK_PROGRAM"
        fp = "driver discs that carry a link to their own set-up"

    strings:
        $link = { 01 14 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $program = "This program cannot be run in DOS mode" ascii
        $interpreter1 = "powershell" wide nocase
        $interpreter2 = "cmd.exe" wide nocase
        $interpreter3 = "rundll32" wide nocase
        $interpreter4 = "mshta" wide nocase
        $interpreter5 = "wscript" wide nocase

    condition:
        // volume descriptor in sector 16
        uint32be(0x8001) == 0x43443030 and uint8(0x8005) == 0x31 and
        filesize < 32MB and
        for any i in (1..#link) : (@link[i] % 2048 == 4) and
        ($program or any of ($interpreter*))
}
