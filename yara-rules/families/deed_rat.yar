// Deed RAT (SNAPPYBEE): shellcode platform; only its loaders name their files.

rule SPOOR_APT_DEED_RAT_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the side-load names and module magic of Deed RAT"
        reference = "Trend Micro, \"Game of Emperor: Unveiling Long Term Earth Estries Cyber Intrusions\", 2024-11"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "Deed RAT"
        actors = "Salt Typhoon,many"
        attack = "T1574.001,T1027"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_DEED_RAT_LOADER"

    strings:
        $exe = "imfsbSvc.exe" ascii wide nocase
        $dll1 = "imfsbDll.dll" ascii wide nocase
        $dll2 = "DgApi.dll" ascii wide nocase
        $dat = "dbindex.dat" ascii wide nocase
        $magic = { 54 45 ED DE }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (($dat and any of ($exe, $dll*)) or ($exe and $dll1 and $magic))
}
