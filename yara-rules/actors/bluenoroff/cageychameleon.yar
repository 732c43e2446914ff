// CageyChameleon (CabbageRAT): VBScript profiler that fetches its next step. Few facts
// are private, hence the score.

rule SPOOR_APT_CAGEYCHAMELEON_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds VBS profilers that list processes for a server, with the lure link beside them"
        reference = "Proofpoint, \"TA444: The APT Startup Aimed at Acquisition (of Your Funds)\", 2023-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "CageyChameleon"
        actors = "BlueNoroff"
        attack = "T1059.005,T1218.005,T1057"
        severity = "medium"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_CAGEYCHAMELEON_SCRIPT"
        fp = "inventory scripts that load code"

    strings:
        $link = "Password.t\x78t.lnk" ascii wide nocase
        $mshta = "mshta.exe http\x73://bit.ly/" ascii wide nocase
        $process = "Win32_Pro\x63ess" ascii wide nocase
        $os = "Win32_Operatin\x67System" ascii wide nocase
        $post = "WinHttp.WinHttpR\x65quest.5.1" ascii wide nocase
        $loop = "WScript.S\x6Ceep" ascii wide nocase
        $run = "Exec\x75te(" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 1MB and
        (($link and any of ($mshta, $process, $post)) or ($mshta and any of ($process, $post)) or ($process and $os and $post and $loop and $run))
}
