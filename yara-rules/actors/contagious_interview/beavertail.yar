// BeaverTail: JavaScript in packages and repositories handed out by false recruiters.
// Wallet identifiers stand in every stealer and in wallet software, so they count only
// with a path of its own.

rule SPOOR_APT_BEAVERTAIL_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds request paths, files and wallet names of the BeaverTail downloader in a script"
        reference = "Unit 42, \"Hacking Employers and Seeking Employment\", 2023-11"
        reference2 = "Unit 42, \"Contagious Interview: DPRK Threat Actors Lure Tech Industry Job Seekers\", 2024-10"
        reference3 = "MITRE ATT&CK S1246"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "BeaverTail"
        actors = "Contagious Interview"
        attack = "S1246,T1059.007,T1195.001,T1555.003"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BEAVERTAIL_SCRIPT"

    strings:
        $path1 = "/pdo\x77n" ascii wide
        $path2 = "/clie\x6Et/" ascii wide
        $path3 = "/uplo\x61ds" ascii wide
        $archive1 = "p.z\x69" ascii wide
        $archive2 = "p2.z\x69p" ascii wide
        $python = ".np\x6C" ascii wide
        $folder = ".py\x70" ascii wide
        $wallet1 = "nkbihfbeogaeaoehlefnk\x6Fdbefgpgknn" ascii wide
        $exec = "child_pro\x63ess" ascii wide

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 16MB and
        ((any of ($path1, $python) and any of ($wallet*)) or ($path1 and any of ($archive*) and any of ($python, $exec)) or ($path1 and $path2 and $path3) or ($python and $path2 and any of ($archive*, $folder)))
}
