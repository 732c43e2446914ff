// NirSoft password viewers: dual use; presence only.

rule SPOOR_TOOL_NIRSOFT_PASSWORDS
{
    meta:
        author = "spoor project"
        description = "Identifies the NirSoft programs that show stored passwords"
        reference = "NirSoft, WebBrowserPassView"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 55
        family = "NirSoft/credential utilities"
        actors = "many"
        attack = "T1555.003,T1555.004"
        severity = "low"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_NIRSOFT_PASSWORDS"
        fp = "support staff use them"

    strings:
        $company = "NirSoft" wide
        $tool1 = "WebBrowserPassView" wide
        $tool2 = "Mail PassView" wide
        $tool3 = "Network Password Recovery" wide
        $tool4 = "ExtPassword" wide
        $tool5 = "Remote Desktop PassView" wide
        $stext = "/stext" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        $company and any of ($tool*) and $stext
}
