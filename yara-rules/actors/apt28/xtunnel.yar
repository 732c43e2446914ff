// XTunnel (XAPS): network tunnel with a statically linked OpenSSL.

rule SPOOR_APT_XTUNNEL_BINARY
{
    meta:
        author = "spoor project"
        description = "Finds the build path and messages of XTunnel"
        reference = "ESET, \"En Route with Sednit\", 2016"
        reference2 = "MITRE ATT&CK S0117"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "XTunnel"
        actors = "APT28"
        attack = "S0117,T1572"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_XTUNNEL_BINARY"

    strings:
        $pdb = "XAPS_OBJECTIVE" ascii
        $name = "xtunnel" ascii nocase
        $hello = "is you live" ascii
        $ssl = "SSL_Clien" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (($pdb and any of ($name, $hello, $ssl)) or ($hello and any of ($name, $ssl)))
}
