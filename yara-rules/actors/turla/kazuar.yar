// Kazuar: obfuscated .NET backdoor; only builds that keep the name are found, and
// seldom.

rule SPOOR_APT_KAZUAR_NAME
{
    meta:
        author = "spoor project"
        description = "Finds .NET programs that still name Kazuar beside its way of working"
        reference = "Unit 42, \"Kazuar: Multiplatform Espionage Backdoor with API Access\", 2017-05"
        reference2 = "MITRE ATT&CK S0265"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "Kazuar"
        actors = "Turla"
        attack = "S0265,T1027"
        severity = "medium"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_KAZUAR_NAME"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $name = "Kazuar" ascii wide
        $confuser = "ConfusedByAttribute" ascii
        $rijndael = "RijndaelManaged" ascii
        $window = "HWND_MESSAGE" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        $metadata and ($name and any of ($confuser, $rijndael, $window))
}
