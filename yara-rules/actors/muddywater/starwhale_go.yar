// STARWHALE as a Go program: the request paths of random letters are fixed in the build.

rule SPOOR_APT_STARWHALE_GO
{
    meta:
        author = "spoor project"
        description = "Finds the request paths and files of the Go build of STARWHALE"
        reference = "Cisco Talos, report on SloughRAT, 2022-03"
        reference2 = "Mandiant, \"Left On Read: Telegram Malware Spotted in Latest Iranian Cyber Espionage Activity\", 2022-02"
        reference3 = "CISA, Alert AA22-055A, 2022-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "STARWHALE"
        actors = "MuddyWater"
        attack = "S1037,T1071.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_STARWHALE_GO"

    strings:
        $uri1 = "/jznkmustntblvmd\x76gcwbvqb" ascii
        $uri2 = "/oeajgyxyxclq\x6Dfqayv" ascii
        $whale = "humpback_\x77hale" ascii
        $file = "stari.\x74xt" ascii
        $value = "Outlo\x6FkM" ascii
        $go = "Go bu\x69ld" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (any of ($uri*) or ($whale and any of ($file, $value, $go)))
}
