// HYPERSCRAPE: .NET program that empties a mailbox through a browser. Another mail tool
// could have that name, hence the score.

rule SPOOR_APT_HYPERSCRAPE_TOOL
{
    meta:
        author = "spoor project"
        description = "Finds the build path and name space of the HYPERSCRAPE mail tool"
        reference = "Google TAG, \"New Iranian APT data extraction tool\", 2022-08"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "HYPERSCRAPE"
        actors = "APT35"
        attack = "T1114.002"
        severity = "medium"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_HYPERSCRAPE_TOOL"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $pdb = "EmailDownloader.pdb" ascii
        $space = "EmailDownloader" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $metadata and $pdb and #space > 1
}
