// CHAR (LampoRAT, Olalampo): Rust backdoor of 2026 that takes orders from a Telegram bot
// and answers with emoji; those are UTF-8 in the file.

rule SPOOR_APT_CHAR_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the bot token, replies or build name of the CHAR backdoor"
        reference = "Group-IB, report on Operation Olalampo, 2026-02"
        reference2 = "Unit 42, report on Boggy Serpens, 2026-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "CHAR"
        actors = "MuddyWater"
        attack = "T1102.002,T1059.003"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_CHAR_IMPLANT"

    strings:
        $token = "8398566164:AAEJbk6EOirZ_ybm4PJ-q8mOpr1RkZx1H7Q" ascii
        $bot = "stager_51_bot" ascii
        // check mark or cross, then "CD to " or "CD error: "
        $reply1 = { E2 9C 85 20 43 44 20 74 6F 20 }
        $reply2 = { E2 9D 8C 20 43 44 20 65 72 72 6F 72 3A }
        $pdb = "Char.pdb" ascii fullword
        $api = "api.telegram.org" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        ($token or $bot or all of ($reply*) or (any of ($reply*) and any of ($pdb, $api)))
}
