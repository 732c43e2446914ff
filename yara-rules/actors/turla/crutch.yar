// Crutch: backdoor that exchanges files through a cloud store and gathers them in a
// folder of a hardware maker.

rule SPOOR_APT_CRUTCH_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the folders and module names of the Crutch backdoor"
        reference = "ESET, \"Turla Crutch: Keeping the back door open\", 2020-12"
        reference2 = "MITRE ATT&CK S0538"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Crutch"
        actors = "Turla"
        attack = "S0538,T1567.002"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_CRUTCH_DLL"

    strings:
        $folder = "C:\\AMD\\Temp" ascii wide nocase
        $module1 = "outllib.dll" ascii wide
        $module2 = "finder.exe" ascii wide
        $dropbox = "dropboxapi.com" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (($module1 and any of ($folder, $dropbox)) or ($folder and $dropbox) or ($folder and $module2))
}
