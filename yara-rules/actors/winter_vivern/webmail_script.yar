// Web mail scripts of 2022-2023: an SVG picture in a mail body that loads another
// picture whose error handler is code. A page that quotes it looks the same, hence the
// score.

rule SPOOR_APT_WINTER_VIVERN_WEBMAIL
{
    meta:
        author = "spoor project"
        description = "Finds mail parts with the encoded picture trick or names of the web mail scripts"
        reference = "ESET, \"Winter Vivern exploits zero-day vulnerability in Roundcube Webmail servers\", 2023-10"
        reference2 = "Proofpoint, \"Exploitation is a Dish Best Served Cold: Winter Vivern\", 2023-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 74
        family = "Winter Vivern webmail JS"
        actors = "Winter Vivern"
        attack = "T1190,T1059.007,T1114"
        severity = "medium"
        carriers = "mail,html"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_WINTER_VIVERN_WEBMAIL"

    strings:
        $svg = "PHN2ZyBpZD0ieCIg\x65G1sbnM9" ascii
        $use1 = "data:image/svg+xm\x6C;base64," ascii nocase
        $use2 = "<use h\x72ef=" ascii nocase
        $sender = "team.managment@ou\x74look.com" ascii nocase
        $host = "recseca\x73.com" ascii
        $script = "checkupd\x61te.js" ascii
        $error = "onerror=eva\x6C(atob(" ascii nocase

    condition:
        filesize < 16MB and
        uint16(0) != 0x5A4D and
        (($svg and any of ($use*)) or (any of ($sender, $host) and any of ($script, $svg, $use*, $error)) or ($error and any of ($use*)))
}
