// ngrok: tunnel service of developers; whose account it is tells the authtoken.

rule SPOOR_TOOL_NGROK_BINARY
{
    meta:
        author = "spoor project"
        description = "Identifies the ngrok tunnel by its package paths and hosts"
        reference = "ngrok, documentation"
        reference2 = "MITRE ATT&CK S0508"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 50
        family = "ngrok"
        actors = "many"
        attack = "S0508,T1572,T1102"
        severity = "low"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_NGROK_BINARY"
        fp = "developers use it"

    strings:
        $path1 = "go.ngrok.com/cmd/ngrok/main.go" ascii
        $path2 = "ngrok.com/lib" ascii
        $type = "*ngrok.clientInfo" ascii
        $host1 = "connect.ngrok-agent.com" ascii
        $host2 = "tunnel.us.ngrok.com" ascii
        $host3 = "dashboard.ngrok.com" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 128MB and
        (any of ($path*, $type) and any of ($host*) or all of ($path1, $type))
}
