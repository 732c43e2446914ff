// WINELOADER: loader of 2024. Its files carry genuine names; the HTML application that
// brings it is what text rules can see.

rule SPOOR_APT_WINELOADER_CHAIN
{
    meta:
        author = "spoor project"
        description = "Finds the download scripts that lead to WINELOADER"
        reference = "Mandiant, \"APT29 Uses WINELOADER to Target German Political Parties\", 2024-03"
        reference2 = "Zscaler, \"European diplomats targeted by SPIKEDWINE\", 2024-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "WINELOADER"
        actors = "APT29"
        attack = "T1218.005,T1140,T1574.001"
        severity = "medium"
        carriers = "script,text,html"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_WINELOADER_CHAIN"

    strings:
        $decode = "\\Tasks\\tex\x74.txt" ascii wide nocase
        $certutil = "certu\x74il" ascii wide nocase
        $page = "wine.\x70hp" ascii wide
        $hta = "invite.\x68ta" ascii wide
        $host = "sqlwrite\x72.exe" ascii wide nocase
        $module = "vcruntime1\x340.dll" ascii wide nocase

    condition:
        filesize < 8MB and
        uint16(0) != 0x5A4D and
        (($decode and $certutil and any of ($page, $hta, $host, $module)) or ($host and $module and any of ($page, $decode)))
}
