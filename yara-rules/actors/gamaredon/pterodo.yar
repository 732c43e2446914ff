// Pterodo (Pteranodon): VBScript downloaders with the machine name and volume serial in
// the user agent between :: and ::/. marks.

rule SPOOR_APT_PTERODO_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the user agent, start lines and file names of Pterodo scripts"
        reference = "Symantec, \"Shuckworm: Russia-Linked Group Maintains Ukraine Focus\", 2022"
        reference2 = "MITRE ATT&CK S0147"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Pterodo"
        actors = "Gamaredon"
        attack = "S0147,T1059.005,T1091"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_PTERODO_SCRIPT"

    strings:
        $start1 = "//e:vbscr\x69pt //b" ascii wide nocase
        $start2 = "wscript.exe //e:v\x62script" ascii wide nocase
        $agent = "::\x2F." ascii wide
        $serial = "SerialNu\x6Dber" ascii wide nocase
        $computer = "COMPUTER\x4EAME" ascii wide nocase
        $get = "/get.p\x68p" ascii wide nocase
        $file1 = "deep-si\x64ed" ascii wide nocase
        $file2 = "deep-va\x6Eish" ascii wide nocase
        $sfx = "RunProgram=\"\x68idcon:" ascii wide nocase
        $request = "MSXML2.XM\x4CHTTP" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 4MB and
        (($agent and any of ($serial, $computer) and any of ($start*, $get, $request)) or (any of ($file*) and any of ($start*, $sfx, $get)) or ($sfx and any of ($start*)))
}
