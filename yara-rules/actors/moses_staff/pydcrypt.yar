// PyDCrypt and DCSrv: destruction of 2021 by means of an open disk encryption driver;
// StrifeWater is the RAT before it.

rule SPOOR_APT_DCSRV_WIPER
{
    meta:
        author = "spoor project"
        description = "Finds the files, build path and task of PyDCrypt, DCSrv and StrifeWater"
        reference = "Check Point Research, \"Mosesstaff Targeting Israeli Companies\", 2021-11"
        reference2 = "Cybereason, \"StrifeWater RAT: Iranian APT Moses Staff Adds New Trojan to Ransomware Operations\", 2022-02"
        reference3 = "MITRE ATT&CK S1032"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "PyDCrypt/DCSrv"
        actors = "Moses Staff"
        attack = "S1032,T1486,T1053.005"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_DCSRV_WIPER"

    strings:
        $exe = "DCSrv.exe" ascii wide
        $pdb = "DCSrv.pdb" ascii
        $driver = "DCDrv.sys" ascii wide
        $crypto = "DiskCryptor" ascii wide
        $folder = "C:\\Users\\Public\\Windows\\" ascii wide nocase
        $task = "Firefox Default Browser Agent 409046Z0FF4A39CB" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        ($pdb or $task or ($exe and any of ($driver, $crypto, $folder)) or ($driver and $folder))
}
