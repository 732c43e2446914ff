// BPFDoor: passive Linux backdoor that a packet filter wakes.

rule SPOOR_APT_BPFDOOR_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the files, lock names and password of the BPFDoor backdoor"
        reference = "PwC, \"Cyber Threats 2021: A Year in Retrospect\""
        reference2 = "Elastic Security Labs, \"A peek behind the BPFDoor\", 2022-05"
        reference3 = "MITRE ATT&CK S1161"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "BPFDoor"
        actors = "Red Menshen"
        attack = "S1161,T1205.002"
        severity = "critical"
        carriers = "elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BPFDOOR_BACKDOOR"

    strings:
        $copy = "/bin/rm -f /dev/shm/%s;/bin/cp %s /dev/shm/%s" ascii
        $file = "/dev/shm/kdmtmpflush" ascii
        $pid1 = "/var/run/haldrund.pid" ascii
        $pid2 = "/var/run/initd.lock" ascii
        $word = "justforfun" ascii
        $history = "HISTFILE=/dev/null" ascii
        $name = "qmgr -l -t fifo -u" ascii

    condition:
        uint32(0) == 0x464C457F and
        filesize < 4MB and
        (any of ($copy, $file) or 2 of ($pid*, $word, $name) or ($name and $history) or ($pid1 and $history))
}
