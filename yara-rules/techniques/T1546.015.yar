// A class registered for one user is loaded before that of the machine.

rule SPOOR_TECH_COM_HIJACK_EXPORT
{
    meta:
        author = "spoor project"
        description = "Finds registry exports that put a class of the user into a folder anybody can write"
        reference = "MITRE ATT&CK T1546.015"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "Windows persistence generic"
        actors = "many"
        attack = "T1546.015"
        severity = "medium"
        carriers = "registry,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TECH_COM_HIJACK_EXPORT"
        fp = "programs installed for one user below ProgramData"

    strings:
        $head = "Windows Registry Edito\x72 Version 5.00" ascii wide
        $key = "[HKEY_CURRENT_USER\\Software\\\x43lasses\\CLSID\\{" ascii wide nocase
        $server = "\\InprocSer\x76er32]" ascii wide nocase
        $path1 = "@=\"C:\\\\Users\\\\Pu\x62lic\\\\" ascii wide nocase
        $path2 = "@=\"C:\\\\Program\x44ata\\\\" ascii wide nocase
        $path3 = "\\\\AppData\\\\Loc\x61l\\\\Temp\\\\" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 64MB and
        $head in (0..4) and $key and $server and any of ($path*)
}
