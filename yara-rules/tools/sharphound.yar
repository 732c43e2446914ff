// SharpHound: collects the structure of a domain for BloodHound.

rule SPOOR_TOOL_SHARPHOUND_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds the identifiers, messages and classes of SharpHound"
        reference = "SpecterOps/SharpHound (source)"
        reference2 = "MITRE ATT&CK S0521"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "SharpHound"
        actors = "many"
        attack = "S0521,T1087.002,T1069.002"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_SHARPHOUND_PROGRAM"
        fp = "authorised tests; audits"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $guid1 = "A517A8DE-5834-411D-ABDA-2D0E1766539C" ascii wide nocase
        $guid2 = "90A6822C-4336-433D-923F-F54CE66BA98F" ascii wide nocase
        $message = "Initializing SharpHound at {time} on {date}" wide
        $loop = "BloodHoundLoopResults" wide
        $zip = "BloodHound.zip" wide
        $name = "SharpHound" ascii wide
        $all = "CollectAllProperties" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $metadata and (any of ($guid*) or $message or ($name and any of ($loop, $all, $zip)))
}

rule SPOOR_TOOL_SHARPHOUND_OUTPUT
{
    meta:
        author = "spoor project"
        description = "Finds collected domain data in the form that BloodHound reads"
        reference = "SpecterOps/BloodHound, data format (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "SharpHound"
        actors = "many"
        attack = "S0521,T1087.002"
        severity = "medium"
        carriers = "text,any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_SHARPHOUND_OUTPUT"
        fp = "audits"

    strings:
        $meta1 = "\"meta\":{\"met\x68ods\":" ascii
        $meta2 = "\"type\":\"comp\x75ters\"" ascii
        $meta3 = "\"type\":\"us\x65rs\"" ascii
        $meta4 = "\"type\":\"gr\x6Fups\"" ascii
        $meta5 = "\"type\":\"dom\x61ins\"" ascii
        $key1 = "\"ObjectIden\x74ifier\":" ascii
        $key2 = "\"AllowedT\x6FAct\":" ascii
        $key3 = "\"PrimaryGro\x75pSID\":" ascii
        $key4 = "\"distinguish\x65dname\":" ascii

    condition:
        filesize < 1024MB and
        uint8(0) == 0x7B and
        $meta1 and any of ($meta2, $meta3, $meta4, $meta5) and 2 of ($key*)
}
