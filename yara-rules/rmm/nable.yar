// N-able Advanced Monitoring Agent (N-sight), as found in MuddyWater mail of 2023. The
// installer's number (Agent_<n>_RW.exe) tells the client, not the account.

rule SPOOR_RMM_NABLE_AGENT
{
    meta:
        author = "spoor project"
        description = "Identifies the Advanced Monitoring Agent by its version resource"
        reference = "Deep Instinct, \"MuddyWater eN-Able spear-phishing with new TTPs\", 2023-11"
        reference2 = "LOLRMM, N-able"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "N-able (N-sight / N-central / Take Control)"
        actors = "MuddyWater,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_NABLE_AGENT"
        fp = "every managed computer of an N-able customer"

    strings:
        // ProductName = Advanced Monitoring Agent
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 41 00 64 00 76 00 61 00 6E 00 63 00 65 00 64 00 20 00 4D 00 6F 00 6E 00 69 00 74 00 6F 00 72 00 69 00 6E 00 67 00 20 00 41 00 67 00 65 00 6E 00 74 00 }

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        $product
}
