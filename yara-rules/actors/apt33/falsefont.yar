// FalseFont: .NET backdoor of 2023 that shows a job application. Each word is ordinary;
// all four are asked for.

rule SPOOR_APT_FALSEFONT_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the lure and channel names of the FalseFont backdoor together"
        reference = "Microsoft, report on Peach Sandstorm and FalseFont, 2023-12"
        reference2 = "Nextron, \"Analysis of FalseFont Backdoor used by Peach-Sandstorm Threat Actor\", 2024-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "FalseFont"
        actors = "APT33"
        attack = "T1071.001,T1036"
        severity = "high"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_FALSEFONT_BACKDOOR"

    strings:
        $lure = "Max\x61r" ascii wide
        $signal = "Sign\x61lR" ascii wide
        $broker = "broker.\x65xe" ascii wide
        $send = "Send\x54o" ascii wide

    condition:
        filesize < 256MB and
        uint16(0) == 0x5A4D and
        all of them
}
