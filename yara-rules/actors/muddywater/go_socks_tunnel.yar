// Reverse tunnels in Go (ESETGO, FMAPP, Revoke, resocks), 2024-2026. The libraries are
// ordinary ones and count only beside the module name, the TLS key or the file names.

rule SPOOR_APT_MUDDYWATER_TUNNEL_ESETGO
{
    meta:
        author = "spoor project"
        description = "Finds the module name or key of the reverse tunnels built on go-socks5"
        reference = "ESET, \"MuddyWater: Snakes by the riverbank\", 2025-12"
        reference2 = "Group-IB, report on Operation Olalampo, 2026-02"
        reference3 = "Israel National Cyber Directorate, report on MuddyWater, 2025-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "MuddyWater go-socks5 tunnels"
        actors = "MuddyWater"
        attack = "T1572,T1090.001"
        severity = "critical"
        carriers = "pe,elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_TUNNEL_ESETGO"

    strings:
        $key = "ZQpsae1yhmQjf3ofdHPYs/kmh1mEQaNaJzONUMfvrk0" ascii
        // build information: path or mod, TAB, ESETGO
        $info1 = "path\tESETGO" ascii
        $info2 = "mod\tESETGO" ascii
        $library1 = "github.com/armon/go-socks5" ascii
        $library2 = "github.com/hashicorp/yamux" ascii
        $library3 = "github.com/Acebond/gomux" ascii
        $name1 = "ESETGO.exe" ascii
        $name2 = "FMAPP.dll" ascii
        $name3 = "Revoke.dll" ascii
        $name4 = "resocks-64.exe" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and
        filesize < 32MB and
        ($key or (any of ($info*) and any of ($library*)) or (any of ($name*) and 2 of ($library*)) or ($library3 and $library1))
}
