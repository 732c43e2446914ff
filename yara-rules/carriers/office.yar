// Office documents that bring code in: fetched templates, old exchange fields, the msdt
// link, equation objects, add-ins, macros that start at once.

rule SPOOR_CARR_REMOTE_TEMPLATE
{
    meta:
        author = "spoor project"
        description = "Finds relation parts of documents that fetch a template from the net"
        reference = "MITRE ATT&CK T1221"
        reference2 = "ECMA-376, part 2"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "Office delivery"
        actors = "Gamaredon,many"
        attack = "T1221"
        severity = "medium"
        carriers = "ooxml"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_REMOTE_TEMPLATE"
        fp = "templates on a web server of the company"

    strings:
        $rel = "<Relation\x73hips" ascii
        $template = "/attachedTe\x6Dplate\"" ascii nocase
        $external = "TargetMode=\"Ex\x74ernal\"" ascii nocase
        $http1 = /Target="https?:\/\/[^"]{1,64}/
        $http2 = /Target="(\\\\|file:\/\/\/?\\\\)[^"]{1,64}/

    condition:
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C) and
        filesize < 256KB and
        $rel in (0..512) and $template and $external and any of ($http*)
}

rule SPOOR_CARR_OFFICE_MSDT
{
    meta:
        author = "spoor project"
        description = "Finds the call of the support tool that runs a command"
        reference = "Microsoft, CVE-2022-30190, 2022-05"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 74
        family = "Office delivery"
        actors = "many"
        attack = "T1203,T1218"
        severity = "medium"
        carriers = "html,ooxml"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_OFFICE_MSDT"

    strings:
        $msdt = "ms-msd\x74:/id" ascii nocase
        $browse = "IT_BrowseFo\x72File" ascii nocase
        $rebrowse = "IT_RebrowseF\x6FrFile" ascii nocase

    condition:
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C) and
        filesize < 4MB and
        $msdt and any of ($browse, $rebrowse)
}

rule SPOOR_CARR_RTF_OBJECT
{
    meta:
        author = "spoor project"
        description = "Finds RTF files that load an equation or linked object at once"
        reference = "Microsoft, CVE-2017-11882, 2017-11"
        reference2 = "Microsoft, Rich Text Format specification 1.9.1"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Office delivery"
        actors = "many Chinese,many"
        attack = "T1203,T1221"
        severity = "high"
        carriers = "rtf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_RTF_OBJECT"

    strings:
        $update = "\\objupd\x61te" ascii nocase
        $eq1 = "Equati\x6Fn.3" ascii nocase
        $eq2 = "4571756174696\x666e2e33" ascii nocase
        $eq3 = "\\objclass Eq\x75ation" ascii nocase
        $link = "\\objaut\x6Cink" ascii nocase
        $ole2 = "4f4c45324c\x3696e6b" ascii nocase
        $data = "\\objd\x61ta" ascii nocase

    condition:
        filesize < 16MB and
        uint32be(0) == 0x7B5C7274 and
        $data and (any of ($eq*) and ($update) or ($ole2 and any of ($update, $link)))
}

rule SPOOR_CARR_DDE_FIELD
{
    meta:
        author = "spoor project"
        description = "Finds document parts whose exchange field starts an interpreter"
        reference = "MITRE ATT&CK T1559.002"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Office delivery"
        actors = "many"
        attack = "T1559.002"
        severity = "high"
        carriers = "ooxml"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_DDE_FIELD"

    strings:
        $dde1 = "DDEA\x55TO" ascii nocase
        $dde2 = "DD\x45 c:\\\\" ascii nocase
        $run1 = "cmd.e\x78e" ascii nocase
        $run2 = "powers\x68ell" ascii nocase
        $run3 = "msh\x74a" ascii nocase
        $part = "<w:instr\x54ext" ascii nocase
        $part2 = "<w:fldSi\x6Dple" ascii nocase

    condition:
        filesize < 8MB and
        uint8(0) == 0x3C and
        any of ($part*) and any of ($dde*) and any of ($run*)
}

rule SPOOR_CARR_XLL_ADDIN
{
    meta:
        author = "spoor project"
        description = "Finds small add-ins for Excel that start other programs when opened"
        reference = "MITRE ATT&CK T1137.006"
        reference2 = "Microsoft, Excel XLL Software Development Kit"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "Office delivery"
        actors = "many"
        attack = "T1137.006,T1204.002"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_XLL_ADDIN"
        fp = "add-ins made without the SDK that start helpers"

    strings:
        $open = "xlAutoOpen" ascii
        $reg = "xlfRegister" ascii
        $excel = "XLCallVer" ascii
        $run1 = "CreateProcess" ascii
        $run2 = "WinExec" ascii
        $run3 = "ShellExecute" ascii
        $run4 = "URLDownloadToFile" ascii
        $run6 = "powershell" ascii nocase
        $write = "WriteFile" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $open and not any of ($reg, $excel) and (($write and any of ($run1, $run2, $run3)) or $run4 or $run6)
}

rule SPOOR_CARR_VBA_AUTORUN
{
    meta:
        author = "spoor project"
        description = "Finds macro source that starts by itself, builds a command and runs it"
        reference = "MITRE ATT&CK T1059.005"
        reference2 = "Microsoft, [MS-OVBA]: Office VBA File Format Structure"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "Office delivery"
        actors = "many"
        attack = "T1059.005,T1204.002"
        severity = "medium"
        carriers = "ole,ooxml,script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_VBA_AUTORUN"
        fp = "macros of administrators"

    strings:
        $module = "Attribute V\x42_Name" ascii
        $auto1 = "Sub Auto\x4Fpen" ascii nocase
        $auto2 = "Sub Auto_\x4Fpen" ascii nocase
        $auto3 = "Sub Documen\x74_Open" ascii nocase
        $auto4 = "Sub Workboo\x6B_Open" ascii nocase
        $auto5 = "Sub Documen\x74_Close" ascii nocase
        $auto6 = "Sub AutoC\x6Cose" ascii nocase
        $run1 = "WScript.S\x68ell" ascii nocase
        $run2 = "She\x6Cl(" ascii nocase
        $run3 = "ShellExe\x63ute" ascii nocase
        $run4 = "winmg\x6Dts:" ascii nocase
        $run5 = "Win32_Pro\x63ess" ascii nocase
        $obf1 = "StrRev\x65rse(" ascii nocase
        $obf2 = "Ch\x72(" ascii nocase
        $obf3 = "powers\x68ell" ascii nocase
        $obf4 = "Envi\x72on(" ascii nocase
        $obf5 = "URLDownload\x54oFile" ascii nocase
        $obf6 = "MSXML2.XM\x4CHTTP" ascii nocase
        $obf7 = "ADODB.St\x72eam" ascii nocase
        $obf8 = "VirtualPr\x6Ftect" ascii nocase

    condition:
        filesize < 8MB and
        $module in (0..256) and any of ($auto*) and any of ($run*) and 2 of ($obf*)
}

rule SPOOR_CARR_VBA_EXPORTED_CODE
{
    meta:
        author = "spoor project"
        description = "Finds macro source that declares memory and thread calls to run code"
        reference = "MITRE ATT&CK T1059.005"
        reference2 = "Microsoft, [MS-OVBA]: Office VBA File Format Structure"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Office delivery"
        actors = "many"
        attack = "T1059.005,T1055"
        severity = "high"
        carriers = "ole,ooxml,script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_VBA_EXPORTED_CODE"

    strings:
        $module = "Attribute V\x42_Name" ascii
        $declare = "Decl\x61re" ascii nocase
        $alloc1 = "VirtualA\x6Cloc" ascii nocase
        $alloc2 = "HeapCr\x65ate" ascii nocase
        $alloc3 = "VirtualPr\x6Ftect" ascii nocase
        $copy1 = "RtlMoveM\x65mory" ascii nocase
        $copy2 = "WriteProcess\x4Demory" ascii nocase
        $run1 = "CreateTh\x72ead" ascii nocase
        $run2 = "EnumSystemL\x6Fcales" ascii nocase
        $run3 = "CallWindo\x77Proc" ascii nocase
        $run4 = "CreateRemote\x54hread" ascii nocase

    condition:
        filesize < 8MB and
        $module in (0..256) and $declare and any of ($alloc*) and any of ($copy*) and any of ($run*)
}
