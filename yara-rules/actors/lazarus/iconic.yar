// ICONIC: loader and browser stealer of the 3CX supply chain intrusion, 2023. The
// carrier d3dcompiler_47.dll is a genuine file with something appended.

rule SPOOR_APT_ICONIC_STEALER
{
    meta:
        author = "spoor project"
        description = "Finds the repository, key and files of the 3CX supply chain loader and stealer"
        reference = "Volexity, \"3CX Supply Chain Compromise Leads to ICONIC Incident\", 2023-03"
        reference2 = "Mandiant, \"3CX Software Supply Chain Compromise\", 2023-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "ICONICSTEALER"
        actors = "Lazarus"
        attack = "T1195.002,T1217,T1574.001"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ICONIC_STEALER"

    strings:
        $icons = "raw.githubusercontent.com/IconStorages/images/main/" ascii
        $icons_w = "raw.githubusercontent.com/IconStorages/images/main/" wide
        $key = "3jB(2bsG#@c7" ascii
        $event = "AVMonitorRefreshEvent" ascii wide
        $store = ".main_storage" ascii wide
        $host = "akamaitechcloudservices.com" ascii wide
        $seed = { FE ED FA CE FE ED FA CE }
        $module = "d3dcompiler_47.dll" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        (any of ($icons*, $key, $event) or ($host and any of ($store, $module)) or ($seed and $module and any of ($store, $host)))
}
