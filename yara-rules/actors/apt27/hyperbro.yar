// HyperBro: side-loaded backdoor whose body lies in thumb.dat.

rule SPOOR_APT_HYPERBRO_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the name, pipe and side-load names of HyperBro"
        reference = "BfV, \"Cyber-Brief 01/2022\", 2022-01"
        reference2 = "MITRE ATT&CK S0398"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "HyperBro"
        actors = "APT27"
        attack = "S0398,T1574.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_HYPERBRO_LOADER"

    strings:
        $name = "HyperBro" ascii
        $pipe = "\\\\.\\pipe\\testpipe" ascii wide
        $dll1 = "thinhostprobedll.dll" ascii wide
        $dll2 = "vftrace.dll" ascii wide
        $exe = "thinprobe.exe" ascii wide
        $dat = "thumb.dat" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (($name and any of ($pipe, $dll*, $exe, $dat)) or ($dat and any of ($dll*, $exe)) or ($pipe and any of ($dll*, $exe)))
}
