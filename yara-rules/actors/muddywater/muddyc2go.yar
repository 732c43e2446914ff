// MuddyC2Go: the launcher DLL (named jli.dll beside a genuine jabswitch.exe) and the
// executables that carry the same PowerShell poller.

rule SPOOR_APT_MUDDYC2GO_LAUNCHER
{
    meta:
        author = "spoor project"
        description = "Finds the PowerShell poller inside the MuddyC2Go launcher"
        reference = "Deep Instinct, \"MuddyC2Go: Latest C2 Framework Used by Iranian APT MuddyWater Spotted in Israel\", 2023-11"
        reference2 = "Symantec, \"Seedworm: Iranian Hackers Target Telecoms Orgs in North and East Africa\", 2023-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "MuddyC2Go"
        actors = "MuddyWater"
        attack = "T1574.001,T1059.001"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYC2GO_LAUNCHER"

    strings:
        $poll = "-Method GET -ErrorAction Stop;Write-Output $response.Content;iex $response.Content;" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and $poll
}
