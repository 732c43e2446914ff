// GolangGhost and PylangGhost: RAT in Go and Python behind false camera repairs. Its
// order codes are rows of the keyboard and count only beside the names of the orders.

rule SPOOR_APT_GOLANGGHOST_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the command words of GolangGhost and PylangGhost with their files"
        reference = "Cisco Talos, \"Famous Chollima deploying Python version of GolangGhost RAT\", 2025-06"
        reference2 = "Sekoia, \"From Contagious to ClickFake Interview\", 2025-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "GolangGhost"
        actors = "Famous Chollima"
        attack = "T1204.004,T1059.006"
        severity = "high"
        carriers = "pe,macho,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GOLANGGHOST_SCRIPT"

    strings:
        $code1 = "qw\x65r" ascii wide
        $code2 = "as\x64f" ascii wide
        $code3 = "zx\x63v" ascii wide
        $command = "COMMAND_FILE_\x55PLOAD" ascii wide
        $file1 = "nvidi\x61.py" ascii wide
        $file2 = "csshos\x74.exe" ascii wide
        $file3 = "update.\x76bs" ascii wide

    condition:
        filesize < 64MB and
        uint8(0) != 0x3C and
        (($command and 2 of ($code*)) or ($command and any of ($file*)) or ($file1 and any of ($file2, $file3)))
}
