// Compiled HTML help: its control starts programs. Large files compress their pages, so
// only those with the page stored are found here; the engine opens the others.

rule SPOOR_CARR_CHM_COMMAND
{
    meta:
        author = "spoor project"
        description = "Finds compiled help files that start a command"
        reference = "MITRE ATT&CK T1218.001"
        reference2 = "Microsoft, HTML Help ActiveX control"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 74
        family = "Container lures"
        actors = "APT37,Kimsuky,BlueNoroff,many"
        attack = "T1218.001,T1204.002"
        severity = "medium"
        carriers = "any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_CHM_COMMAND"
        fp = "old help files that start their program"

    strings:
        $class1 = "52a2aaae-085d-4187-97ea-8\x6330db990436" ascii nocase
        $class2 = "adb880a6-d8ff-11cf-9377-0\x30aa003b7a11" ascii nocase
        $shortcut = "\"Short\x43ut\"" ascii nocase
        $click = ".Cli\x63k()" ascii nocase
        $run1 = "powers\x68ell" ascii nocase
        $run2 = "msh\x74a" ascii nocase
        $run3 = "cmd.e\x78e" ascii nocase
        $run4 = "wscr\x69pt" ascii nocase
        $run5 = "certu\x74il" ascii nocase

    condition:
        filesize < 32MB and
        uint32be(0) == 0x49545346 and
        (any of ($class*) or $shortcut) and any of ($run*) and any of ($click, $shortcut)
}
