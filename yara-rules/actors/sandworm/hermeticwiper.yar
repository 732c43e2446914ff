// HermeticWiper: wiper of February 2022 that brings a partition manager's driver in packed
// resources. The driver and its device are ordinary software; wiper and driver together,
// or the certificate's subject, are not.

rule SPOOR_APT_HERMETICWIPER_WIPER
{
    meta:
        author = "spoor project"
        description = "Finds the driver resources and certificate subject of HermeticWiper"
        reference = "ESET, \"HermeticWiper: New data-wiping malware hits Ukraine\", 2022-02"
        reference2 = "Symantec, \"Ukraine: Disk-wiping Attacks Precede Russian Invasion\", 2022-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "HermeticWiper"
        actors = "Sandworm"
        attack = "S0697,T1561.002"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_HERMETICWIPER_WIPER"

    strings:
        $device = "\\\\.\\EPMNTDRV\\%u" wide
        $subject = "Hermetica Digital Ltd" ascii
        $resource1 = "DRV_X64" wide
        $resource2 = "DRV_XP_X86" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 4MB and $device and
        ($subject or ($resource1 and $resource2))
}
