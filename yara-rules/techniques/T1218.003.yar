// Set-up files that CMSTP installs; the actors behind POWERSTATS used them.

rule SPOOR_TECH_CMSTP_PROFILE
{
    meta:
        author = "spoor project"
        description = "Finds connection profiles that run a scriptlet or command when installed"
        reference = "MITRE ATT&CK T1218.003"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "POWERSTATS"
        actors = "MuddyWater,many"
        attack = "T1218.003"
        severity = "medium"
        carriers = "text,script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TECH_CMSTP_PROFILE"
        fp = "old profiles of a provider"

    strings:
        $version = "[vers\x69on]" ascii wide nocase
        $advanced = "Advance\x64INF" ascii wide nocase
        $ocx1 = "UnRegiste\x72OCXs" ascii wide nocase
        $ocx2 = "Register\x4FCXs" ascii wide nocase
        $scr = "scrobj.\x64ll" ascii wide nocase
        $run1 = "RunPreSetupC\x6Fmmands" ascii wide nocase
        $run2 = "RunPostSetupC\x6Fmmands" ascii wide nocase
        $cmd1 = "powers\x68ell" ascii wide nocase
        $cmd2 = "msh\x74a" ascii wide nocase
        $cmd3 = "taskkill /IM cm\x73tp.exe" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 256KB and
        $version and $advanced and ((any of ($ocx*) and $scr) or (any of ($run*) and any of ($cmd*)))
}
