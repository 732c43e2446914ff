// ANEL (UPPERCUT): backdoor; in 2024 a macro drops a genuine program and the library
// ROAMINGMOUSE beside it.

rule SPOOR_APT_ANEL_CHAIN
{
    meta:
        author = "spoor project"
        description = "Finds macros and loaders that name the side-load pair of ANEL"
        reference = "Trend Micro, \"Guess Who's Back - The Return of ANEL in the Recent Earth Kasha Spear-phishing Campaign\", 2024-11"
        reference2 = "MITRE ATT&CK S0275"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "ANEL"
        actors = "APT10,MirrorFace"
        attack = "S0275,T1574.001"
        severity = "medium"
        carriers = "pe,ole,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ANEL_CHAIN"

    strings:
        $exe = "ScnCfg3\x32.exe" ascii wide nocase
        $dll = "vsodscp\x6C.dll" ascii wide nocase

    condition:
        filesize < 16MB and
        uint8(0) != 0x3C and
        all of them
}
