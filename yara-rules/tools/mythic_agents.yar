// Other agents of Mythic in Go, .NET and Rust by the paths that their compilers keep.

rule SPOOR_TOOL_MYTHIC_AGENT
{
    meta:
        author = "spoor project"
        description = "Finds the package and class names of other Mythic agents"
        reference = "MythicAgents (source)"
        reference2 = "MITRE ATT&CK S0699"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Mythic Poseidon/Athena/Medusa/Merlin"
        actors = "many"
        attack = "S0699,T1071.001"
        severity = "high"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_MYTHIC_AGENT"
        fp = "authorised tests"

    strings:
        $poseidon1 = "poseidon/Payload_Type" ascii
        $poseidon2 = "/utils/p2p/poseidon_tcp.go" ascii
        $athena1 = "Athena.Models" ascii
        $athena2 = "Athena.Profiles.HTTP" ascii
        $athena3 = "Athena.Commands.dll" ascii
        $merlin = "Ne0nd0g/merlin-agent/clients/mythic" ascii
        $agents = "github.com/MythicAgents" ascii
        $send = "SendFileToMythic" ascii
        $rust = "src/payloadvars.rs" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 128MB and
        (any of ($poseidon*) or $merlin or 2 of ($athena*) or ($agents and any of ($send, $rust, $athena*)) or ($send and $rust))
}
