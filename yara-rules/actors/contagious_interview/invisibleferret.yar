// InvisibleFerret: Python backdoor and stealer kept in a folder .n2 of the home folder.

rule SPOOR_APT_INVISIBLEFERRET_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the files and commands of the InvisibleFerret Python backdoor"
        reference = "Unit 42, \"Hacking Employers and Seeking Employment\", 2023-11"
        reference2 = "MITRE ATT&CK S1245"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "InvisibleFerret"
        actors = "Contagious Interview"
        attack = "S1245,T1059.006,T1219"
        severity = "critical"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_INVISIBLEFERRET_SCRIPT"

    strings:
        $file1 = ".n2/p\x61y" ascii wide
        $file2 = ".n2/b\x6Fw" ascii wide
        $file3 = ".n2/a\x64c" ascii wide
        $file4 = ".n2/fl\x69st" ascii wide
        $file5 = ".np\x6C" ascii wide
        $order1 = "ssh_upl\x6Fad" ascii wide
        $order2 = "ssh_k\x69ll" ascii wide
        $order3 = "ssh_z\x63p" ascii wide
        $order4 = "ssh_o\x62j" ascii wide

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 4MB and
        (3 of ($order*) or 2 of ($file*) or (any of ($file1, $file2, $file3, $file4) and any of ($order*)) or ($file5 and 2 of ($order*)))
}
