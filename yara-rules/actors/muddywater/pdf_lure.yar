// PDF lures of the campaigns of 2023-2024: one page, one link to a file host. The hosts
// serve many companies: what decides is that the sender is new to the mailbox, so the
// score stays at that of a carrier.

rule SPOOR_APT_MUDDYWATER_PDF_LURE
{
    meta:
        author = "spoor project"
        description = "Finds small one-page PDF files whose link leads to a file host of these campaigns"
        reference = "Proofpoint, \"Security Brief: TA450 Uses Embedded Links in PDF Attachments\", 2024-03"
        reference2 = "HarfangLab, \"MuddyWater campaign abusing Atera Agents\", TRR240402, 2024-04"
        reference3 = "Sekoia, report on MuddyWater lures, 2024-06"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "MuddyWater PDF lure"
        actors = "MuddyWater,many"
        attack = "T1566.001,T1566.002,T1204.001"
        severity = "medium"
        carriers = "any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_PDF_LURE"
        fp = "business letters that share files by the same hosts"

    strings:
        $page = /\/Count\s{1,4}1[\s\/>]/
        $link = "/UR\x49" ascii
        $host1 = ".egnyte.c\x6Fm/fl/" ascii
        $host2 = "ws.onehub.co\x6D/files/" ascii
        $host3 = "ln5.sync.c\x6Fm/dl/" ascii
        $host4 = "terabox.\x63om/s/" ascii
        $host5 = "a.storyblo\x6B.com/f/" ascii
        $host6 = "filetransfer.io/da\x74a-package/" ascii
        $host7 = "freeupload.\x73tore/" ascii

    condition:
        filesize < 300KB and
        uint32be(0) == 0x25504446 and
        $page and $link and any of ($host*)
}
