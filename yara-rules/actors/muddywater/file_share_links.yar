// File share accounts that the actor opened in 2024 under names of victims, partners or
// themes, in mails, documents and scripts. The share itself serves many companies.

rule SPOOR_APT_MUDDYWATER_SHARE_ACCOUNT
{
    meta:
        author = "spoor project"
        description = "Finds links to file share accounts that were made for these campaigns"
        reference = "HarfangLab, \"MuddyWater campaign abusing Atera Agents\", TRR240402, 2024-04"
        reference2 = "Israel National Cyber Directorate, report on MuddyWater, 2025-02"
        reference3 = "Proofpoint, \"Security Brief: TA450 Uses Embedded Links in PDF Attachments\", 2024-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "MuddyWater PDF lure"
        actors = "MuddyWater"
        attack = "T1566.002,T1583.006,T1204.001"
        severity = "high"
        carriers = "mail,text,script,any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_SHARE_ACCOUNT"

    strings:
        // accounts named after victims and partners
        $account1 = /(kinneretacil|rimonnet|megolan|gcare|fbcsoft|silbermintz1|cnsmportal|airpazflys?|cairoairport)\.egnyte\.com\/fl\//
        $account2 = /(fileuploadcloud|downloadfile|alltrans|ksa1)\.egnyte\.com\/fl\//
        $short1 = "shorturl.at/\x4ECxJk" ascii
        $short2 = "shorturl.at/\x62YqUx" ascii
        $drive = "1drv.busi\x6Eess" ascii

    condition:
        filesize < 32MB and
        uint8(0) != 0x3C and uint8(0) != 0x23 and uint16(0) != 0x5A4D and
        any of them
}
