// JumpCloud agent. Presence only: whether it is theirs tells the account or server that
// its settings name.

rule SPOOR_RMM_JUMPCLOUD_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies JumpCloud agent programs by their names"
        reference = "LOLRMM, JumpCloud agent"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "JumpCloud agent"
        actors = "Lazarus,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_JUMPCLOUD_PROGRAM"
        fp = "every computer whose owner uses JumpCloud agent"

    strings:
        $name1 = "github.com/TheJumpCloud" ascii wide
        $name2 = "jumpcloud-agent" ascii wide
        $name3 = "JumpCloudInstaller" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (2 of ($name*))
}
