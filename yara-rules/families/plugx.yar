// PlugX (Korplug, Sogu, Kaba, Hodur, DOPLUGS): side-loaded remote control used by many.
// The names of the abused programs are genuine.

rule SPOOR_APT_PLUGX_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the pipe and side-load names of the PlugX loaders"
        reference = "ESET, \"Mustang Panda's Hodur: Old tricks, new Korplug variant\", 2022-03"
        reference2 = "MITRE ATT&CK S0013"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "PlugX"
        actors = "many,Mustang Panda"
        attack = "S0013,T1574.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_PLUGX_LOADER"

    strings:
        $pipe = "\\\\.\\PIPE\\RUN_AS_USER(%d)" ascii wide
        $dll1 = "McUtil.dll" ascii wide
        $dll2 = "McUtil.dll.mc" ascii wide
        $dll3 = "NvSmartMax.dll" ascii wide
        $dll4 = "hccutils.dll" ascii wide
        $exe1 = "NvSmart.exe" ascii wide
        $exe2 = "Mc.exe" ascii wide fullword
        $boot = "boot.ldr" ascii wide
        $mutex = "Global\\ReStart0" ascii wide
        $bin = "RECYCLER.BIN" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($pipe or $dll2 and any of ($exe*, $boot) or ($mutex and any of ($dll*, $bin, $boot)) or ($boot and any of ($exe*) and any of ($dll*)))
}

rule SPOOR_APT_PLUGX_MEMORY
{
    meta:
        author = "spoor project"
        description = "Finds PlugX in memory by its altered header and pipe"
        reference = "Recorded Future, report on PlugX"
        reference2 = "MITRE ATT&CK S0013"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "PlugX"
        actors = "many,Mustang Panda"
        attack = "S0013,T1620"
        severity = "high"
        carriers = "memory"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_PLUGX_MEMORY"

    strings:
        $pipe = "\\\\.\\PIPE\\RUN_AS_\x55SER(%d)" wide
        $gulp = { 47 55 4C 50 [0-58] 58 56 00 00 }
        $mutex = "Global\\ReS\x74art0" wide

    condition:
        filesize < 4096MB and
        (($pipe and any of ($gulp, $mutex)) or ($gulp and $mutex))
}
