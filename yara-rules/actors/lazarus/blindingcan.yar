// BLINDINGCAN: RAT with a loader that asks for an argument. Both markers stem from one
// document wave, hence the ceiling.

rule SPOOR_APT_BLINDINGCAN_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the loader argument or export of BLINDINGCAN"
        reference = "CISA, AR20-232A, 2020-08"
        reference2 = "MITRE ATT&CK S0520"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 74
        family = "BLINDINGCAN"
        actors = "Lazarus"
        attack = "S0520,T1218.011"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BLINDINGCAN_LOADER"

    strings:
        $argument = "S-6-38-4412-76700627-315277-3247" ascii wide
        $export = "CoContentInfo" ascii
        $cache = "iconcache.db" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($argument or ($export and $cache))
}
