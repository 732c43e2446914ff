// gh0st RAT and its many forks. Most forks change the packet mark; the key log texts
// come from one source, hence the ceiling.

rule SPOOR_APT_GH0ST_RAT
{
    meta:
        author = "spoor project"
        description = "Finds the packet mark, key log texts and driver name of gh0st RAT"
        reference = "gh0st RAT 3.6 (source)"
        reference2 = "MITRE ATT&CK S0032"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 74
        family = "gh0st RAT"
        actors = "many"
        attack = "S0032,T1056.001,T1543.003"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_GH0ST_RAT"

    strings:
        $magic = "Gh0st" ascii
        $ressdt = "\\\\.\\RESSDT" ascii
        $pause = "[Pause Break]" ascii
        $log = ":]%d-%d-%d  %d:%d:%d" ascii
        $shell = "%s\\shell\\open\\command" ascii
        $main = "ServiceMain" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (($magic and 2 of ($ressdt, $pause, $log, $shell, $main)) or ($ressdt and any of ($pause, $log)) or ($pause and $log and $shell))
}
