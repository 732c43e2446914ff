// NanoCore: .NET remote control with plug-ins.

rule SPOOR_APT_NANOCORE_CLIENT
{
    meta:
        author = "spoor project"
        description = "Finds the plug-in host names of NanoCore"
        reference = "MITRE ATT&CK S0336"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "NanoCore"
        actors = "many"
        attack = "S0336,T1219"
        severity = "critical"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_NANOCORE_CLIENT"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $host1 = "NanoCore.ClientPluginHost" ascii
        $host2 = "NanoCore ClientPluginHost" ascii
        $net = "IClientNetworkHost" ascii
        $form = "ClientLoaderForm" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        $metadata and (any of ($host*) and any of ($net, $form) or all of ($net, $form))
}
