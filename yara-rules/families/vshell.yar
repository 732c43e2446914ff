// VShell and its stager SNOWLIGHT: fetched by a small program, kept in memory, shown as
// a kernel thread.

rule SPOOR_APT_VSHELL_STAGE
{
    meta:
        author = "spoor project"
        description = "Finds the stage header, thread name and memory file of VShell and SNOWLIGHT"
        reference = "Sysdig, \"UNC5174's evolution in China's ongoing cyber warfare: From SNOWLIGHT to VShell\", 2025-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "VShell"
        actors = "UNC5174,many"
        attack = "T1620,T1036.005"
        severity = "high"
        carriers = "elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_VSHELL_STAGE"

    strings:
        $thread = "[kworker/0:2]" ascii
        $header = { 6C 36 34 20 20 20 }
        $name = "vshell" ascii
        $memory = "memfd:a" ascii
        $create = "memfd_create" ascii

    condition:
        uint32(0) == 0x464C457F and
        filesize < 16MB and
        (($thread and any of ($header, $memory, $create, $name)) or ($header and any of ($memory, $name)))
}
