// NOOPDOOR (HiddenFace): backdoor kept in the registry and loaded by an MSBuild project
// (NOOPLDR) or a library. The two literals are of one build.

rule SPOOR_APT_NOOPDOOR_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the literals or the MSBuild loader of NOOPDOOR"
        reference = "Trend Micro, \"Spot the Difference: Earth Kasha's New LODEINFO Campaign And The Correlation Analysis With The APT10 Umbrella\", 2024-11"
        reference2 = "JPCERT/CC, \"MirrorFace Attack against Japanese Organisations\", 2024-07"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 74
        family = "NOOPDOOR"
        actors = "MirrorFace"
        attack = "S9023,T1127.001,T1112"
        severity = "medium"
        carriers = "pe,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_NOOPDOOR_LOADER"

    strings:
        $literal1 = "gEztIattzpmPq\x52YIgcEn" ascii
        $literal2 = "GaFtoytV\x73KeSW" ascii
        $key = "Software\\Li\x63ense\\{" ascii wide
        $task = "UsingT\x61sk" ascii wide
        $cdata = "<![CDA\x54A[" ascii wide
        $machine = "Machine\x47uid" ascii wide
        $aes = "AesCryptoService\x50rovider" ascii wide

    condition:
        filesize < 32MB and
        ((uint16(0) == 0x5A4D and any of ($literal*)) or ($task and $cdata and $machine and ($key or $aes)))
}
