// Covenant: open .NET framework; its implants are called grunts.

rule SPOOR_TOOL_COVENANT_GRUNT
{
    meta:
        author = "spoor project"
        description = "Finds the class names of Covenant grunts and stagers"
        reference = "cobbr/Covenant (source)"
        reference2 = "MITRE ATT&CK S1155"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "Covenant"
        actors = "many"
        attack = "S1155,T1071.001"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_COVENANT_GRUNT"
        fp = "authorised tests"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $grunt1 = "GruntStager" ascii
        $grunt2 = "GruntExecutor" ascii
        $stage = "ExecuteStager" ascii
        $uris = "CovenantURIs" ascii wide
        $core = "Covenant.Core" ascii
        $profile = "ProfileHttpRequest" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $metadata and (any of ($grunt*) and any of ($stage, $uris, $profile) or all of ($grunt*) or ($core and any of ($grunt*, $uris)) or ($stage and $profile))
}
