// AnvilEcho (BlackSmith): PowerShell toolset of 2024 brought by pictures. No marker is
// confirmed by a second source.

rule SPOOR_APT_ANVILECHO_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the function and module names of AnvilEcho"
        reference = "Proofpoint, \"Best Laid Plans: TA453 Targets Religious Figure with Fake Podcast Invite Delivering New BlackSmith Malware Toolset\", 2024-08"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "AnvilEcho"
        actors = "TA453"
        attack = "T1059.001,T1027.003"
        severity = "medium"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ANVILECHO_SCRIPT"

    strings:
        $func1 = "Redo-\x49t" ascii wide
        $func2 = "FromS\x61ve" ascii wide
        $picture = "Beautifu\x6Cl.jpg" ascii wide nocase
        $module1 = "soshi.\x64ll" ascii wide nocase
        $module2 = "toni.\x64ll" ascii wide nocase
        $module3 = "mary.\x64ll" ascii wide nocase
        $folder = "qem\x75s" ascii wide

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 8MB and
        (2 of ($func1, $picture, $module*) or ($func1 and any of ($func2, $folder)))
}
