// Scriptlets (SCT) as regsvr32 and CMSTP run them.

rule SPOOR_TECH_SCRIPTLET_SHELL
{
    meta:
        author = "spoor project"
        description = "Finds registered scriptlets that start a shell or fetch code"
        reference = "MITRE ATT&CK T1218.010"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "Koadic"
        actors = "many"
        attack = "T1218.010"
        severity = "medium"
        carriers = "script,html"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TECH_SCRIPTLET_SHELL"
        fp = "scriptlets of old administration tools"

    strings:
        $script = "<script\x6Cet" ascii nocase
        $reg = "<registra\x74ion" ascii nocase
        $progid = "prog\x69d=" ascii nocase
        $shell1 = "WScript.S\x68ell" ascii nocase
        $shell2 = "Shell.Appli\x63ation" ascii nocase
        $load1 = "MSXML2.XM\x4CHTTP" ascii nocase
        $load2 = "WinHttp.WinHttp\x52equest" ascii nocase
        $run1 = ".Ru\x6E(" ascii nocase
        $run2 = ".ShellExe\x63ute(" ascii nocase
        $run3 = "powers\x68ell" ascii nocase

    condition:
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C) and
        filesize < 512KB and
        $script in (0..512) and $reg and $progid and any of ($shell*, $load*) and any of ($run*)
}
