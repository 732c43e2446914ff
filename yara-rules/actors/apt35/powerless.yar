// PowerLess: PowerShell backdoor of 2021-2022 run inside a .NET program.

rule SPOOR_APT_POWERLESS_HOST
{
    meta:
        author = "spoor project"
        description = "Finds the build folder and key log of the PowerLess host program"
        reference = "Cybereason, \"PowerLess Trojan: Iranian APT Phosphorus Adds New PowerShell Backdoor for Espionage\", 2022-02"
        reference2 = "MITRE ATT&CK S1012"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "PowerLess"
        actors = "APT35"
        attack = "S1012,T1059.001,T1056.001"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_POWERLESS_HOST"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $pdb = "C:\\Users\\pugna\\" ascii
        $log = "C:\\Windows\\Temp\\cup.tmp" wide
        $name = "powerless" ascii wide
        $runspace = "System.Management.Automation" ascii
        $module = "dll.dll" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $metadata and (($pdb and any of ($log, $name, $runspace, $module)) or ($log and any of ($runspace, $name)))
}
