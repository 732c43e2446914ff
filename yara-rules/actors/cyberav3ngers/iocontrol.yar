// IOCONTROL (OrpaCrab): implant of cameras, routers and fuel systems, 2023-2024.

rule SPOOR_APT_IOCONTROL_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the paths, key or hosts of the IOCONTROL implant"
        reference = "Claroty, \"Inside a New OT/IoT Cyberweapon: IOCONTROL\", 2024-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "IOCONTROL"
        actors = "CyberAv3ngers"
        attack = "T1071.005,T1543.002"
        severity = "high"
        carriers = "elf,script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_IOCONTROL_IMPLANT"

    strings:
        $key = "855958ce-6483-4953-8c18-3\x669625d88c27" ascii
        $path1 = "/usr/bin/ioco\x6Etrol" ascii
        $path2 = "/etc/rc3.d/S93InitS\x79stemd.sh" ascii
        $path3 = "/var/run/iocont\x72ol.pid" ascii
        $path4 = "/tmp/iocon\x74rol" ascii
        $host1 = "ocferd\x61.com" ascii
        $host2 = "tylarion867m\x69no.com" ascii

    condition:
        filesize < 16MB and
        (uint32(0) == 0x464C457F or uint16be(0) == 0x2321) and
        ($key or 2 of ($path*, $host*))
}

rule SPOOR_APT_IOCONTROL_PACKED
{
    meta:
        author = "spoor project"
        description = "Finds ELF programs packed with the altered UPX magic of IOCONTROL"
        reference = "Claroty, \"Inside a New OT/IoT Cyberweapon: IOCONTROL\", 2024-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "IOCONTROL"
        actors = "CyberAv3ngers"
        attack = "T1027.002"
        severity = "medium"
        carriers = "elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_IOCONTROL_PACKED"

    strings:
        $magic = "ABC!" ascii

    condition:
        uint32(0) == 0x464C457F and
        filesize < 16MB and
        $magic in (0..512) and $magic in (filesize - 64..filesize)
}
