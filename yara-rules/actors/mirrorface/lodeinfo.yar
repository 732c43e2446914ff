// LODEINFO: file-less backdoor of 2019-2024. The program beside it is a genuine security
// product.

rule SPOOR_APT_LODEINFO_SHELLCODE
{
    meta:
        author = "spoor project"
        description = "Finds the Vigenere key or side-load pair of LODEINFO"
        reference = "Kaspersky, \"APT10: Tracking down LODEINFO 2022\", 2022-10"
        reference2 = "ESET, \"Unmasking MirrorFace: Operation LiberalFace targeting Japanese political entities\", 2022-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "LODEINFO"
        actors = "MirrorFace"
        attack = "S9020,T1574.001,T1573"
        severity = "high"
        carriers = "pe,memory"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_LODEINFO_SHELLCODE"

    strings:
        $key = "NV4HDOe\x4FVyL" ascii
        $dll = "K7SysMn\x31.dll" ascii wide
        $config = "K7SysMn1.dll_\x63onfig" ascii wide
        $exe1 = "K7SysMo\x6E.exe" ascii wide
        $exe2 = "elze.\x65xe" ascii wide
        $dll2 = "frau.\x64ll" ascii wide

    condition:
        filesize < 256MB and
        uint8(0) != 0x3C and uint8(0) != 0x23 and
        (($key and any of ($dll*, $exe*)) or $config or ($exe2 and $dll2) or ($key and uint16(0) == 0x5A4D))
}
