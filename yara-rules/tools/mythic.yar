// Mythic Apollo: .NET agent of an open framework. Task words name the protocol, not the
// agent.

rule SPOOR_TOOL_MYTHIC_APOLLO
{
    meta:
        author = "spoor project"
        description = "Finds the name spaces of the Mythic Apollo agent"
        reference = "MythicAgents/Apollo (source)"
        reference2 = "MITRE ATT&CK S0699"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Mythic Apollo"
        actors = "many"
        attack = "S0699,T1059"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_MYTHIC_APOLLO"
        fp = "authorised tests"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $interop = "ApolloInterop" ascii wide
        $message = "IMythicMessage" ascii
        $encrypt = "mythic_encrypt" ascii
        $task = "get_delegate_tasks" ascii wide
        $size = "tasking_size" ascii wide
        $inject = "PSInject" ascii
        $exe = "Apollo.exe" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $metadata and (($interop and any of ($message, $encrypt, $task, $size, $inject, $exe)) or ($message and any of ($task, $encrypt)) or ($exe and $inject and any of ($task, $size)))
}
