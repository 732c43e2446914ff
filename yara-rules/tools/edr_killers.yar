// Programs that load a vulnerable driver against security products: the name of such a
// driver, names of products, and the call that loads it. Drivers as such are in the hash
// list.

rule SPOOR_TOOL_EDR_KILLER
{
    meta:
        author = "spoor project"
        description = "Finds programs that bring a known vulnerable driver to end security products"
        reference = "wavestone-cdt/EDRSandblast (source)"
        reference2 = "LOLDrivers"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "EDR killers/BYOVD"
        actors = "many"
        attack = "T1068,T1562.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_EDR_KILLER"
        fp = "removal tools of security products"

    strings:
        $blast1 = "EDRSandblast" ascii wide
        $blast2 = "NtoskrnlOffsets.csv" ascii wide
        $driver1 = "zamguard64.sys" ascii wide nocase
        $driver2 = "aswArPot.sys" ascii wide nocase
        $driver3 = "truesight.sys" ascii wide nocase
        $driver4 = "mhyprot2.sys" ascii wide nocase
        $driver5 = "dbutil_2_3.sys" ascii wide nocase
        $driver6 = "RTCore64.sys" ascii wide nocase
        $driver7 = "gdrv.sys" ascii wide nocase
        $driver8 = "PROCEXP152.sys" ascii wide nocase
        $product1 = "MsMpEng.exe" ascii wide nocase
        $product2 = "SentinelAgent.exe" ascii wide nocase
        $product3 = "CSFalconService.exe" ascii wide nocase
        $product4 = "SophosHealth.exe" ascii wide nocase
        $product5 = "ekrn.exe" ascii wide nocase
        $start = "NtLoadDriver" ascii
        $start2 = "CreateServiceW" ascii
        $start3 = "CreateServiceA" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        (all of ($blast*) or (any of ($driver*) and 2 of ($product*) and any of ($start*)))
}
