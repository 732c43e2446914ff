// NetSupport Manager as a RAT: its configuration names the gateway, its licence file a
// serial that many stolen copies share.

rule SPOOR_APT_NETSUPPORT_RAT_CONFIG
{
    meta:
        author = "spoor project"
        description = "Finds a NetSupport client configuration with the licence serial of stolen copies"
        reference = "Cisco Talos, report on NetSupport RAT campaigns, 2024-08"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "NetSupport RAT"
        actors = "many"
        attack = "T1219,T1036"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_NETSUPPORT_RAT_CONFIG"
        fp = "managed stations that hide the client"

    strings:
        $client = "[Clie\x6Et]" ascii nocase
        $gateway = "GatewayAd\x64ress=" ascii nocase
        $gsk = "GS\x4B=" ascii nocase
        $serial1 = "NSM896\x3597" ascii
        $licence1 = "licensee=EVA\x4CUSION" ascii nocase
        $silent = "sile\x6Et=1" ascii nocase
        $systray = "SysTr\x61y=0" ascii nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 64KB and
        (any of ($serial1, $licence1) or ($client and $gateway and $gsk and $silent and $systray))
}
