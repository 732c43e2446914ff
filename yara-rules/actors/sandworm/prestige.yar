// Prestige: ransomware of October 2022. The misspelt address is the marker; deleting
// backups is what all of them do.

rule SPOOR_APT_PRESTIGE_RANSOMWARE
{
    meta:
        author = "spoor project"
        description = "Finds the address, note and commands of the Prestige ransomware"
        reference = "Microsoft, \"New \"Prestige\" ransomware impacts organizations in Ukraine and Poland\", 2022-10"
        reference2 = "MITRE ATT&CK S1058"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "Prestige"
        actors = "Sandworm"
        attack = "S1058,T1486,T1490"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_PRESTIGE_RANSOMWARE"

    strings:
        $mail = "Prestige.ranusomeware@Proton.me" ascii wide
        $note = "C:\\Users\\Public\\README" ascii wide nocase
        $key = "enc\\shell\\open\\command" ascii wide nocase
        $backup = "wbadmin.exe delete catalog -quiet" ascii wide nocase
        $shadow = "vssadmin.exe delete shadows /all /quiet" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($mail or 3 of them)
}
