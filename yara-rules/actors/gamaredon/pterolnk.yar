// PteroLNK: VBScript worm of 2025. Its files are named like registry transaction logs,
// its tasks lack the Microsoft folder that the genuine ones lie below.

rule SPOOR_APT_PTEROLNK_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the false registry logs, tasks and encoded starts of PteroLNK"
        reference = "HarfangLab, TRR250401, 2025-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "PteroLNK"
        actors = "Gamaredon"
        attack = "T1091,T1053.005,T1027.011"
        severity = "critical"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_PTEROLNK_SCRIPT"

    strings:
        $file1 = "NTUSER.DAT.TMContainer0000000000000\x30000001.regtrans-ms" ascii wide nocase
        $file2 = "NTUSER.DAT.TMContainer0000000000000\x30000002.regtrans-ms" ascii wide nocase
        $drive = "\\~.dr\x76" ascii wide nocase
        $task1 = "\\Windows\\DeviceDirectoryClient\\Re\x67isterUserDevice" ascii wide nocase
        $task2 = "\\Windows\\DeviceDirectoryClient\\RegisterDevi\x63eConnectedToNetwork" ascii wide nocase
        $value1 = "\\Console\\Windows\x52esponby" ascii wide nocase
        $value2 = "\\Console\\Window\x73Detect" ascii wide nocase
        $encoded = "b24gZXJyb3IgcmVzdW1\x6CIG5leHQNC" ascii wide
        $mark = "\":GT\x52\"" ascii wide
        $eval = "javascript:eval('w=new%20Ac\x74iveXObject(" ascii wide nocase
        $genuine = "\\Microsoft\\Windows\\DeviceDi\x72ectoryClient" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 4MB and
        (($encoded and any of ($file*, $drive, $task*, $value*, $mark, $eval)) or (any of ($file*) and any of ($drive, $value*, $mark)) or
         (any of ($task*) and not $genuine and any of ($file*, $value*)))
}
