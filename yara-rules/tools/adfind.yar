// AdFind: administrator tool that intruders like; presence only.

rule SPOOR_TOOL_ADFIND_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies AdFind, an administrator tool for directory queries"
        reference = "joeware, AdFind"
        reference2 = "MITRE ATT&CK S0552"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 50
        family = "AdFind"
        actors = "many"
        attack = "S0552,T1087.002"
        severity = "low"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_ADFIND_PROGRAM"
        fp = "administrators use it"

    strings:
        $vendor = "joeware.net" ascii wide
        $name1 = "AdFind V" ascii
        $name2 = "AdFind" ascii wide
        $trust = "trustdmp" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $vendor and any of ($name*, $trust)
}

rule SPOOR_TOOL_ADFIND_COMMANDS
{
    meta:
        author = "spoor project"
        description = "Finds batch files that dump a domain with AdFind"
        reference = "MITRE ATT&CK S0552"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "AdFind"
        actors = "many"
        attack = "S0552,T1087.002,T1482"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_ADFIND_COMMANDS"
        fp = "administrators who export their own directory"

    strings:
        $find = "adfi\x6Ed" ascii wide nocase
        $q1 = "-f (objectcategor\x79=person)" ascii wide nocase
        $q2 = "-f \"(objectcategor\x79=person)\"" ascii wide nocase
        $q3 = "-sc trus\x74dmp" ascii wide nocase
        $q4 = "-f objectcategory=\x63omputer" ascii wide nocase
        $q5 = "(objectcategory=organiz\x61tionalUnit)" ascii wide nocase
        $out1 = "ad_user\x73.txt" ascii wide nocase
        $out2 = "trustdm\x70.txt" ascii wide nocase
        $out3 = "ad_compute\x72s.txt" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 1MB and
        $find and (2 of ($q*) or (any of ($q*) and any of ($out*)) or 2 of ($out*))
}
