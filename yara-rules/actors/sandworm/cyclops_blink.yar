// Cyclops Blink: implant of firewalls that hides as a kernel thread; the genuine threads
// are written kworker/0:1.

rule SPOOR_APT_CYCLOPS_BLINK_MODULE
{
    meta:
        author = "spoor project"
        description = "Finds the process name and upgrade paths of Cyclops Blink"
        reference = "NCSC UK, \"Cyclops Blink malware analysis report\", 2022-02"
        reference2 = "MITRE ATT&CK S0687"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Cyclops Blink"
        actors = "Sandworm"
        attack = "S0687,T1542.001"
        severity = "high"
        carriers = "elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_CYCLOPS_BLINK_MODULE"

    strings:
        $path1 = "/pending/bin/S51armled" ascii
        $path2 = "/usr/bin/cpd" ascii
        $name = "[kworker:0/1]" ascii
        $config = "rootfs_cfg" ascii

    condition:
        uint32(0) == 0x464C457F and
        filesize < 16MB and
        (2 of ($path1, $name, $config) or ($path2 and any of ($path1, $name, $config)))
}
