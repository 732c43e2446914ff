// LaZagne: collects stored passwords; packed by PyInstaller.

rule SPOOR_TOOL_LAZAGNE_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds the module names of LaZagne"
        reference = "AlessandroZ/LaZagne (source)"
        reference2 = "MITRE ATT&CK S0349"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "LaZagne"
        actors = "MuddyWater,OilRig,many"
        attack = "S0349,T1555"
        severity = "high"
        carriers = "pe,elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_LAZAGNE_PROGRAM"
        fp = "authorised tests"

    strings:
        $config = "lazagne.c\x6Fnfig" ascii
        $soft = "lazagne.software\x73.windows." ascii
        $soft2 = "softwares.br\x6Fwsers" ascii
        $soft3 = "softwares.sysadmin.\x66ilezilla" ascii
        $banner = "The LaZagne P\x72oject" ascii wide
        $exe = "laZagn\x65.exe" ascii nocase

    condition:
        filesize < 64MB and
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and
        (2 of ($config, $soft, $soft2, $soft3, $banner) or ($exe and any of ($config, $banner)))
}
