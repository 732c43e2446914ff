// AppleSeed (JamBog): backdoor that poses as an updater of a South Korean software
// house, whose name alone is no marker.

rule SPOOR_APT_APPLESEED_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the run value, folders and requests of the AppleSeed backdoor"
        reference = "Malwarebytes, \"Kimsuky APT continues to target South Korean government using AppleSeed backdoor\", 2021-06"
        reference2 = "MITRE ATT&CK S0622"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "AppleSeed"
        actors = "Kimsuky"
        attack = "S0622,T1547.001,T1218.010"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_APPLESEED_DLL"

    strings:
        $value = "EstsoftAutoUpdate" ascii wide nocase
        $folder1 = "\\ESTsoft\\Common\\ESTCommon.dll" ascii wide nocase
        $folder2 = "\\Software\\ESTsoft\\Common\\AutoUpdate.dll" ascii wide nocase
        $request1 = "?m=a&p1=" ascii wide
        $request2 = "&p2=" ascii wide
        $register = "regsvr32.exe /s /n /i:" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (($value and any of ($folder*, $request*, $register)) or ($request1 and $request2) or (any of ($folder*) and any of ($request1, $register)))
}
