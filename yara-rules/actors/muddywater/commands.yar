// Commands of this actor as they stand in histories, scripts and logs: the tunnel beside
// a genuine sound program, and the two instances of a chisel port.

rule SPOOR_APT_MUDDYWATER_TUNNEL_COMMANDS
{
    meta:
        author = "spoor project"
        description = "Finds the commands that start the tunnels of this actor"
        reference = "Group-IB, report on Operation Olalampo, 2026-02"
        reference2 = "SentinelOne, \"Wading Through Muddy Waters\", 2022-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "MuddyWater go-socks5 tunnels"
        actors = "MuddyWater"
        attack = "T1572,T1059.001"
        severity = "high"
        carriers = "script,text,evtx"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_TUNNEL_COMMANDS"

    strings:
        $fmapp = "Start-Process c:\\ProgramData\\FMAPP.exe -\x57indowStyle Hidden" ascii wide nocase
        $file = "\\ProgramData\\F\x4DAPP.exe" ascii wide nocase
        $hidden = "-WindowStyle \x48idden" ascii wide nocase
        $sharp1 = "r:8888:127.0.0.\x31:9999" ascii wide nocase
        $sharp2 = "-p 9999 --so\x63ks5" ascii wide nocase
        $name = "SharpChis\x65l.exe" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 16MB and
        ($fmapp or ($file and $hidden) or all of ($sharp*) or ($name and any of ($sharp*)))
}
