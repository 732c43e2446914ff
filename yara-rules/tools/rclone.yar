// rclone: copies to cloud stores; a frequent means of theft and of honest backups. Only
// programs for Windows are named: it is a package of Linux distributions.

rule SPOOR_TOOL_RCLONE_BINARY
{
    meta:
        author = "spoor project"
        description = "Identifies rclone by its package paths"
        reference = "rclone (source)"
        reference2 = "MITRE ATT&CK S1040"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 45
        family = "rclone"
        actors = "many"
        attack = "S1040,T1567.002"
        severity = "low"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_RCLONE_BINARY"
        fp = "backups"

    strings:
        $path1 = "github.com/rclone/rclone/cmd" ascii
        $path2 = "github.com/rclone/rclone/backend/mega" ascii
        $path3 = "github.com/rclone/rclone/fs/config" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        2 of them
}

rule SPOOR_TOOL_RCLONE_CONFIG_MEGA
{
    meta:
        author = "spoor project"
        description = "Finds an rclone configuration with a remote that thieves favour"
        reference = "rclone, documentation"
        reference2 = "MITRE ATT&CK S1040"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 55
        family = "rclone"
        actors = "many"
        attack = "S1040,T1567.002"
        severity = "low"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_RCLONE_CONFIG_MEGA"
        fp = "backups to that store"

    strings:
        $mega = "type = m\x65ga" ascii
        $user = "us\x65r =" ascii
        $pass = "pa\x73s =" ascii

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 64KB and
        uint8(0) == 0x5B and
        $mega and $user and $pass
}
