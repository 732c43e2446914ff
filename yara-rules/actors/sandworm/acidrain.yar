// AcidRain and AcidPour: wipers of modems and routers. Flash tools use the same device
// names, so many of them have to meet in a small program, and the score stays low.

rule SPOOR_APT_ACIDRAIN_WIPER
{
    meta:
        author = "spoor project"
        description = "Finds small static programs that name all the storage devices AcidRain wipes"
        reference = "SentinelOne, \"AcidRain: A Modem Wiper Rains Down on Europe\", 2022-03"
        reference2 = "SentinelOne, \"AcidPour: New Embedded Wiper Variant of AcidRain Appears in Ukraine\", 2024-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "AcidRain"
        actors = "Sandworm"
        attack = "S1125,T1561.001,T1495"
        severity = "medium"
        carriers = "elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ACIDRAIN_WIPER"
        fp = "firmware flash tools"

    strings:
        $device1 = "/dev/mtdblock%d" ascii
        $device2 = "/dev/block/mtdblock%d" ascii
        $device3 = "/dev/mmcblk%d" ascii
        $device5 = "/dev/ubi" ascii
        $device6 = "/dev/dm-" ascii

    condition:
        uint32(0) == 0x464C457F and
        filesize < 2MB and
        4 of them
}
