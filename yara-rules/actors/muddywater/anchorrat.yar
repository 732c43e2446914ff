// AnchorRat: RAT of 2024. The class is a genuine one that it hijacks for one user, the
// service name is not one of Microsoft; binary facts are not confirmed by a second
// source, hence the score.

rule SPOOR_APT_ANCHORRAT_PERSISTENCE
{
    meta:
        author = "spoor project"
        description = "Finds the service, class and host of AnchorRat in one program or script"
        reference = "Israel National Cyber Directorate, report on MuddyWater, 2025-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "AnchorRat"
        actors = "MuddyWater"
        attack = "T1546.015,T1543.003"
        severity = "medium"
        carriers = "pe,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ANCHORRAT_PERSISTENCE"

    strings:
        $class = "0358B920-0AC7-461F-98F4-5\x38E32CD89148" ascii wide nocase
        $service = "OneDriveStandaloneUpd\x61terService" ascii wide
        $host = "ulpanim.\x77iki" ascii wide
        $user = "Software\\Class\x65s\\CLSID" ascii wide nocase

    condition:
        filesize < 32MB and
        uint8(0) != 0x3C and
        (($service and any of ($class, $host)) or ($host and $class) or ($host and $user))
}
