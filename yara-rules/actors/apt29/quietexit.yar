// QUIETEXIT: Dropbear turned around, on appliances. Every Dropbear has the other texts,
// so the 20 bytes are needed.

rule SPOOR_APT_QUIETEXIT_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the key bytes of the QUIETEXIT backdoor beside Dropbear texts"
        reference = "Mandiant, \"UNC3524: Eye Spy on Your Email\", 2022-05"
        reference2 = "MITRE ATT&CK S1084"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "QUIETEXIT"
        actors = "APT29,UNC3524"
        attack = "S1084,T1090,T1572"
        severity = "high"
        carriers = "elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_QUIETEXIT_BACKDOOR"

    strings:
        $key = { DD E5 D5 97 20 53 27 BF F0 A2 BA CD 96 35 9A AD 1C 75 EB 47 }
        $child = "Child connection from %s:%s" ascii
        $temp = "/tmp/dropbear-%" ascii
        $agent = "auth-agent@openssh.com" ascii

    condition:
        uint32(0) == 0x464C457F and
        filesize < 16MB and
        $key and any of ($child, $temp, $agent)
}
