// SoftEther VPN. Presence only: vpn_bridge.config names the server.

rule SPOOR_RMM_SOFTETHER_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies SoftEther VPN programs by their version resource and names"
        reference = "LOLRMM, SoftEther VPN"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "SoftEther VPN"
        actors = "Flax Typhoon,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_SOFTETHER_PROGRAM"
        fp = "every computer whose owner uses SoftEther VPN"

    strings:
        // ProductName = SoftEther VPN
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 53 00 6F 00 66 00 74 00 45 00 74 00 68 00 65 00 72 00 20 00 56 00 50 00 4E 00 }
        $name1 = "vpnbridge_x64.exe" ascii wide
        $name2 = "SEVPNBRIDGE" ascii wide
        $name3 = "hamcore.se2" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (($product and any of ($name*)))
}
