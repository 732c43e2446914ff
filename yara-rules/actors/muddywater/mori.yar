// Mori: DNS-tunnel backdoor, a DLL of about 200 MB of which all but the head is junk:
// the scanner hands over the head, and size is therefore no marker. API names are
// stored with 5 or 8 added, and two own alphabets serve the encoding.

rule SPOOR_APT_MORI_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the alphabets or the shifted API names of the Mori backdoor"
        reference = "CISA, Alert AA22-055A, 2022-02"
        reference2 = "MITRE ATT&CK S1047"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 95
        family = "Mori"
        actors = "MuddyWater"
        attack = "S1047,T1027.001,T1071.004"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MORI_IMPLANT"

    strings:
        $alphabet1 = "NrytxnZD6M+Xa8im1qfdgj7kHcpYbOIU0V2RCJhoWKQSwPBFe4zEulv5T3GAL" ascii
        $alphabet2 = "Jm3QkjRpMF2K+Gbvco1XhCIANfwua7WY9EtxgHlTzOZV48P6qDSnBri5ydLe0" ascii
        $getaddrinfo5 = "ljyfiiwnskt" ascii
        $freeaddrinfo5 = "kwjjfiiwnskt" ascii
        $readprocess8 = "ZmilXzwkm{{Umuwz" ascii
        $build = "\\MoriAgent\\Client\\Common\\" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 512MB and
        (any of ($alphabet*) or 2 of ($getaddrinfo5, $freeaddrinfo5, $readprocess8, $build))
}
