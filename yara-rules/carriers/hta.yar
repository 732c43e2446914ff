// HTML applications that act as loaders.

rule SPOOR_CARR_HTA_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds HTML applications that hide and run a script or program"
        reference = "MITRE ATT&CK T1218.005"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "Container lures"
        actors = "many"
        attack = "T1218.005"
        severity = "medium"
        carriers = "html"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_HTA_LOADER"
        fp = "logon tools of administrators"

    strings:
        $app = "<hta:applic\x61tion" ascii nocase
        $shell1 = "WScript.S\x68ell" ascii nocase
        $shell2 = "Shell.Appli\x63ation" ascii nocase
        $shell3 = "ShellExe\x63ute" ascii nocase
        $hide1 = "window.resi\x7AeTo(0" ascii nocase
        $hide2 = "move\x54o(-" ascii nocase
        $hide3 = "WINDOWSTATE=\"m\x69nimize\"" ascii nocase
        $hide4 = "showInTask\x62ar=\"no\"" ascii nocase
        $hide5 = "window.c\x6Cose" ascii nocase
        $run1 = "powers\x68ell" ascii nocase
        $run2 = "regsv\x7232" ascii nocase
        $run3 = "certu\x74il" ascii nocase
        $run4 = "MSXML2.XM\x4CHTTP" ascii nocase
        $run5 = "rundl\x6C32" ascii nocase
        $run6 = "ADODB.St\x72eam" ascii nocase

    condition:
        filesize < 4MB and
        uint16(0) != 0x5A4D and
        any of ($shell*) and any of ($run*) and (($app and any of ($hide*)) or 3 of ($hide*))
}
