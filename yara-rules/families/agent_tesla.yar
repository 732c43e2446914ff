// Agent Tesla: .NET stealer; newer builds lose some of the names.

rule SPOOR_APT_AGENT_TESLA_CLIENT
{
    meta:
        author = "spoor project"
        description = "Finds the member names of the Agent Tesla stealer"
        reference = "MITRE ATT&CK S0331"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Agent Tesla"
        actors = "Ghostwriter,many"
        attack = "S0331,T1555.003,T1056.001"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_AGENT_TESLA_CLIENT"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $name1 = "get_GuidMasterKey" ascii
        $name2 = "IELibrary" ascii
        $name3 = "get_encryptedPassword" ascii
        $name4 = "GetMozillaFromLogins" ascii
        $name5 = "KillTorProcess" ascii
        $name6 = "SafariDecryptor" ascii
        $name7 = "TelegramLog" ascii
        $name8 = "generateKeyV75" ascii
        $name9 = "EnableTorPanel" ascii
        $name10 = "PublicIpAddressGrab" ascii
        $w1 = "{0}:Zone.Identifier" wide
        $w2 = "Account.stg" wide
        $w3 = "Proxy-Agent: HToS5x" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        $metadata and (4 of ($name*) or (2 of ($name*) and any of ($w*)) or ($name9 and $name10))
}
