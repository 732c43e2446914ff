// Rubeus: Kerberos abuse in .NET. The project identifier changes when somebody
// regenerates it, the messages seldom do.

rule SPOOR_TOOL_RUBEUS_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds the identifier or messages of Rubeus"
        reference = "GhostPack/Rubeus (source)"
        reference2 = "MITRE ATT&CK S1071"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "Rubeus"
        actors = "many"
        attack = "S1071,T1558.003"
        severity = "critical"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_RUBEUS_PROGRAM"
        fp = "authorised tests"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $guid = "658C8B7F-3664-4A95-9572-A3E5871DFC06" ascii wide nocase
        $message1 = "[*] Action: Kerberoasting" wide
        $message2 = "[*] Printing argument list for use with Rubeus" wide
        $message3 = "[X] Unable to retrieve TGT using tgtdeleg" wide
        $message4 = "[!] Unhandled Rubeus exception:" wide
        $word1 = "asreproast" ascii wide
        $word2 = "rc4opsec" wide
        $word3 = "tgtdeleg" ascii wide
        $word4 = "/ticket:BASE64" wide
        $name = "Rubeus" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $metadata and ($guid or any of ($message*) and any of ($word*, $name) or ($name and 2 of ($word*)) or 2 of ($message*))
}
