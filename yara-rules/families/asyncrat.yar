// AsyncRAT, VenomRAT, DcRat, BoratRat: open .NET remote control.

rule SPOOR_APT_ASYNCRAT_CLIENT
{
    meta:
        author = "spoor project"
        description = "Finds the settings and task command of AsyncRAT and DcRat clients"
        reference = "NYAN-x-CAT/AsyncRAT-C-Sharp (source)"
        reference2 = "MITRE ATT&CK S1087"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "AsyncRAT"
        actors = "many"
        attack = "S1087,T1219,T1053.005"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ASYNCRAT_CLIENT"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $client = "AsyncClient" ascii
        $task = "/c schtasks /create /f /sc onlogon /rl highest /tn \"" wide
        $mutex = "AsyncMutex_6SI8OkPnk" wide
        $paste = "Pastebin" ascii wide
        $ports = "Por_ts" ascii
        $hosts = "Hos_ts" ascii
        $sign = "Ser_ver_signa_ture" ascii
        $dcrat = "DcRatByqwqdanchun" wide
        $stub = "Stub.exe" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        $metadata and ($mutex or $dcrat or 2 of ($ports, $hosts, $sign) or ($task and any of ($client, $paste, $stub, $ports, $hosts)))
}
