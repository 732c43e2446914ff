// frp: fast reverse proxy. A legitimate tool that many actors use: named, not judged.

rule SPOOR_TOOL_FRP_BINARY
{
    meta:
        author = "spoor project"
        description = "Identifies the frp reverse proxy by its package paths and messages"
        reference = "fatedier/frp (source)"
        reference2 = "CISA, Alert AA23-144A, 2023-05"
        reference3 = "MITRE ATT&CK S1144"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "FRP"
        actors = "many"
        attack = "S1144,T1090"
        severity = "medium"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_FRP_BINARY"
        fp = "administrators use it"

    strings:
        $path1 = "github.com/fatedier/frp" ascii
        $path2 = "frp/client/proxy/proxy_manager.go" ascii
        $path3 = "frp/cmd/frpc/sub" ascii
        $text1 = "frpc proxy config error:" ascii
        $text2 = "frpc sudp visitor proxy is close" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 128MB and
        2 of them
}

rule SPOOR_TOOL_FRP_CONFIG
{
    meta:
        author = "spoor project"
        description = "Identifies a client configuration of the frp reverse proxy"
        reference = "fatedier/frp (source)"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 50
        family = "FRP"
        actors = "many"
        attack = "S1144,T1090,T1021.001"
        severity = "low"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_FRP_CONFIG"
        fp = "administrators use it"

    strings:
        $common = "[comm\x6Fn]" ascii
        $server1 = "server_\x61ddr" ascii
        $server2 = "server\x41ddr" ascii
        $port1 = "remote_\x70ort" ascii
        $port2 = "remote\x50ort" ascii
        $local1 = "local_p\x6Frt" ascii
        $local2 = "localP\x6Frt" ascii
        $proxies = "[[prox\x69es]]" ascii
        $plugin = "plugin = so\x63ks5" ascii

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 64KB and
        (($common and $server1 and (($port1 and $local1) or $plugin)) or ($server2 and $proxies and $port2 and $local2))
}
