// OtterCookie: JavaScript stealer that listens on a socket.io channel.

rule SPOOR_APT_OTTERCOOKIE_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds scripts with the request path of OtterCookie and its channel"
        reference = "NTT Security, report on OtterCookie, 2024-12"
        reference2 = "Cisco Talos, \"BeaverTail and OtterCookie evolve with a new Javascript module\", 2025-10"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "OtterCookie"
        actors = "Contagious Interview"
        attack = "T1059.007,T1115,T1056.001"
        severity = "medium"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_OTTERCOOKIE_SCRIPT"

    strings:
        $path = "/api/service/p\x72ocess/" ascii wide
        $socket = "socket.io-c\x6Cient" ascii wide
        $clip1 = "pbpa\x73te" ascii wide
        $clip2 = "Get-Clipb\x6Fard" ascii wide nocase
        $environment = "process.env.npm_\x70ackage" ascii wide

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 16MB and
        $path and any of ($socket, $clip*, $environment)
}
