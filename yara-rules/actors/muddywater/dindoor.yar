// Dindoor (Tsundere): JavaScript client for Node.js or Deno, 2026, that reads its server
// from an Ethereum contract. The botnet is a criminal service whose customer the actor
// was: known users are not only this actor.

rule SPOOR_APT_DINDOOR_CLIENT
{
    meta:
        author = "spoor project"
        description = "Finds the contract, host and files of the Dindoor and Tsundere clients"
        reference = "Symantec, report on Seedworm, 2026-03"
        reference2 = "Ctrl-Alt-Intel, report on MuddyWater servers, 2026-03"
        reference3 = "MITRE ATT&CK S9034"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "Dindoor"
        actors = "MuddyWater,crime"
        attack = "S9034,T1059.007,T1102"
        severity = "critical"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_DINDOOR_CLIENT"

    strings:
        $contract = "0x2B77671cfEE4907776a95abbb9\x3681eee598c102E" ascii wide nocase
        $host = "serialmen\x6Ft.com" ascii wide
        $file1 = "VfZUSQi6oe\x72Kau.js" ascii wide
        $file2 = "sysuu2etip\x72un.js" ascii wide
        $folder = "\\Local\\No\x64ejs\\" ascii wide nocase
        $reset = "reset.\x70s1" ascii wide
        $library1 = "ethe\x72s" ascii wide
        $library2 = "getStr\x69ng" ascii wide

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 8MB and
        (($contract and any of ($library*, $host, $file*)) or ($host and any of ($file*, $folder, $reset)) or 2 of ($file*, $folder))
}
