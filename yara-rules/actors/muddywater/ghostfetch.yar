// GhostFetch and GhostBackDoor: downloader and backdoor of 2026 whose server paths are
// French words. The Recycle Bin class that it borrows is a genuine one and is not asked
// for.

rule SPOOR_APT_GHOSTFETCH_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the request paths and files of GhostFetch and GhostBackDoor"
        reference = "Group-IB, report on Operation Olalampo, 2026-02"
        reference2 = "Unit 42, report on Boggy Serpens, 2026-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "GhostFetch/GhostBackDoor"
        actors = "MuddyWater"
        attack = "T1071.001,T1105,T1547.001"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GHOSTFETCH_IMPLANT"

    strings:
        $uri1 = "/api/accueil/actualiser" ascii wide
        $uri2 = "/api/graphique/obtenir-donnees" ascii wide
        $uri3 = "/api/utilisateurs/enregistrer" ascii wide
        $uri4 = "/api/authentification/renouveler_token" ascii wide
        $folder = "\\BurnUtill\\burn.exe" ascii wide
        $service = "MicrosoftVersionUpdater" ascii wide
        $host1 = "promoverse.org" ascii wide
        $host2 = "netvigil.org" ascii wide
        $host3 = "jerusalemsolutions.com" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        (2 of ($uri*) or (any of ($uri*) and any of ($folder, $service, $host*)) or ($folder and any of ($service, $host*)))
}
