// Web shells of appliances and single products: SUPERNOVA, LEMURLOOT, DEWMODE,
// GLASSTOKEN.

rule SPOOR_WEB_SUPERNOVA_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the SUPERNOVA page library by its handler and method"
        reference = "FireEye, \"Highly Evasive Attacker Leverages SolarWinds Supply Chain\", 2020-12"
        reference2 = "MITRE ATT&CK S0578"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "Exchange/ASPX memory shells"
        actors = "many"
        attack = "S0578,T1505.003"
        severity = "critical"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_SUPERNOVA_DLL"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $handler = "App_Web_logoimagehandler.ashx" ascii wide
        $method = "DynamicRun" ascii
        $compile = "CompileAssemblyFromSource" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 1MB and
        $metadata and $method and any of ($handler, $compile)
}

rule SPOOR_WEB_LEMURLOOT_PAGE
{
    meta:
        author = "spoor project"
        description = "Finds the headers of the LEMURLOOT page for MOVEit"
        reference = "Mandiant, \"Zero-Day Vulnerability in MOVEit Transfer Exploited for Data Theft\", 2023-06"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "Exchange/ASPX memory shells"
        actors = "Cl0p"
        attack = "T1505.003,T1190"
        severity = "critical"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_LEMURLOOT_PAGE"

    strings:
        $comment = "X-siLock-Co\x6Dment" ascii
        $step1 = "X-siLock-S\x74ep1" ascii
        $step2 = "X-siLock-S\x74ep2" ascii
        $name = "human2.\x61spx" ascii nocase
        $db = "MOVEit.\x44MZ" ascii

    condition:
        (uint16be(0) == 0x3C25 or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        filesize < 256KB and
        (2 of ($comment, $step1, $step2) or ($comment and any of ($name, $db)))
}

rule SPOOR_WEB_DEWMODE_GLASSTOKEN
{
    meta:
        author = "spoor project"
        description = "Finds the names and parameters of DEWMODE and GLASSTOKEN"
        reference = "Mandiant, report on Accellion FTA, 2021-02"
        reference2 = "Volexity, report on Ivanti Connect Secure, 2024-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Exchange/ASPX memory shells"
        actors = "many"
        attack = "T1505.003"
        severity = "high"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_DEWMODE_GLASSTOKEN"

    strings:
        $dew = "DEWM\x4FDE" ascii
        $dwn = "dw\x6E=" ascii
        $glass = "GLASST\x4FKEN" ascii

    condition:
        (uint16be(0) == 0x3C25 or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        filesize < 256KB and
        (($dew and $dwn) or $glass)
}
