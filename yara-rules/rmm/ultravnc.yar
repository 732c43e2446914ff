// UltraVNC. Presence only: whether it is theirs tells the account or server that its
// settings name.

rule SPOOR_RMM_ULTRAVNC_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies UltraVNC programs by their version resource and names"
        reference = "LOLRMM, UltraVNC"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "UltraVNC"
        actors = "Gamaredon,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_ULTRAVNC_PROGRAM"
        fp = "every computer whose owner uses UltraVNC"

    strings:
        // ProductName = UltraVNC
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 55 00 6C 00 74 00 72 00 61 00 56 00 4E 00 43 00 }
        $name1 = "uvnc_service" ascii wide
        $name2 = "uvnc_launch.exe" ascii wide
        $name3 = "uvnc_settings.exe" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (($product and any of ($name*)))
}
