// Gopuram: backdoor that IKEEXT loads as wlbsctrl.dll and whose body looks like a
// registry transaction log.

rule SPOOR_APT_GOPURAM_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the phantom module and payload name of the Gopuram backdoor"
        reference = "Kaspersky, \"Not just an infostealer: Gopuram backdoor deployed through 3CX supply chain attack\", 2023-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Gopuram"
        actors = "Lazarus"
        attack = "T1574.001,T1027"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GOPURAM_LOADER"

    strings:
        $module = "wlbsctrl.dll" ascii wide nocase
        $payload = ".TxR.0.regtrans-ms" ascii wide nocase
        $folder = "\\config\\TxR\\" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $payload and any of ($module, $folder)
}
