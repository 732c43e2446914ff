// BlackEnergy: driver and plug-ins with a configuration in XML.

rule SPOOR_APT_BLACKENERGY_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the configuration tags and names of BlackEnergy"
        reference = "ESET, \"BlackEnergy by the SSHBearDoor\", 2016-01"
        reference2 = "MITRE ATT&CK S0089"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "BlackEnergy"
        actors = "Sandworm"
        attack = "S0089,T1014"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BLACKENERGY_DLL"

    strings:
        $tag1 = "<bkernel>" ascii
        $tag2 = "<plg_ttl>" ascii
        $tag3 = "build_id" ascii
        $class = "CD56173D-1A7D-4E99-8109-A71BB04263DF" ascii wide nocase
        $font = "FONTCACHE.DAT" ascii wide nocase
        $module = "main.dll" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (2 of ($tag*) or ($class and any of ($tag*, $font)) or ($font and $module and any of ($tag*)))
}
