// GooseEgg: starts a program with the rights of the print spooler (CVE-2022-38028).
// MPDW-constraints.js is a genuine driver file: only beside a name of its own.

rule SPOOR_APT_GOOSEEGG_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the class, driver script and names of the GooseEgg print spooler loader"
        reference = "Microsoft, \"Analyzing Forest Blizzard's custom post-compromise tool for exploiting CVE-2022-38028\", 2024-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "GooseEgg"
        actors = "APT28"
        attack = "T1068,T1546.015"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GOOSEEGG_LOADER"

    strings:
        $class = "026CC6D7-34B2-33D5-B551-CA31EB6CE345" ascii wide nocase
        $script = "MPDW-constraints.js" ascii wide nocase
        $name = "wayzgoose" ascii wide nocase
        $exe1 = "DefragmentSrv.exe" ascii wide nocase
        $exe2 = "justice.exe" ascii wide nocase
        $folder = "\\v%u.%02u.%04u" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (2 of ($class, $name, $exe1, $folder) or ($script and any of ($class, $name, $exe*, $folder)))
}

rule SPOOR_APT_GOOSEEGG_BATCH
{
    meta:
        author = "spoor project"
        description = "Finds the batch files that set up GooseEgg"
        reference = "Microsoft, \"Analyzing Forest Blizzard's custom post-compromise tool for exploiting CVE-2022-38028\", 2024-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "GooseEgg"
        actors = "APT28"
        attack = "T1068,T1053.005,T1003.002"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GOOSEEGG_BATCH"

    strings:
        $task = "\\Microsoft\\Windo\x77s\\WinSrv" ascii wide nocase
        $run1 = "servtas\x6B.bat" ascii wide nocase
        $run2 = "execut\x65.bat" ascii wide nocase
        $run3 = "doit.\x62at" ascii wide nocase
        $exe1 = "justic\x65.exe" ascii wide nocase
        $exe2 = "Defragment\x53rv.exe" ascii wide nocase
        $save = "reg save \x68klm\\" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 256KB and
        (($task and any of ($run*, $exe*)) or (any of ($exe*) and any of ($run*, $save)))
}
