// Cobalt Strike: commercial test tool in the hands of many actors. The settings block is
// a list of numbered values under a one-byte XOR; its first two entries are constant.

rule SPOOR_TOOL_COBALT_STRIKE_BEACON
{
    meta:
        author = "spoor project"
        description = "Finds the messages and configuration of an unpacked Cobalt Strike beacon"
        reference = "Fortra, Cobalt Strike documentation"
        reference2 = "NCC Group, report on Cobalt Strike beacon settings, 2022"
        reference3 = "MITRE ATT&CK S0154"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "Cobalt Strike beacon"
        actors = "many"
        attack = "S0154,T1071.001,T1055"
        severity = "critical"
        carriers = "pe,memory,any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_COBALT_STRIKE_BEACON"
        fp = "authorised tests"

    strings:
        // start of the settings: id 1, type 1, length 2, value, id 2 ..., under XOR 0x69 and 0x2e
        $config69 = { 69 68 69 68 69 6B ?? ?? 69 6B 69 68 69 6B }
        $config2e = { 2E 2F 2E 2F 2E 2C ?? ?? 2E 2C 2E 2F 2E 2C }
        $as = "%s as %s\\%\x73: %d" ascii
        $service = "Started servi\x63e %s on %s" ascii
        $loader = "Reflective\x4Coader" ascii
        $dll1 = "beacon.\x64ll" ascii
        $dll2 = "beacon.x6\x34.dll" ascii
        $spawn = "could not sp\x61wn %s: %d" ascii
        $local = "IEX (New-Object Net.Webclient).Download\x53tring('http://127.0.0.1:%u/')" ascii
        $time = "%02d/%02d/%02d %02d:%\x302d:%02d" ascii

    condition:
        filesize < 4096MB and
        uint8(0) != 0x3C and uint8(0) != 0x23 and uint8(0) != 0x2F and
        (any of ($config*) or 3 of ($as, $service, $spawn, $local, $dll*) or (2 of ($as, $service, $spawn, $local) and any of ($loader, $dll*, $time)))
}

rule SPOOR_TOOL_COBALT_STRIKE_ARTIFACT
{
    meta:
        author = "spoor project"
        description = "Finds the pipe names of Cobalt Strike artifact programs"
        reference = "Fortra, Cobalt Strike documentation"
        reference2 = "MITRE ATT&CK S0154"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "Cobalt Strike beacon"
        actors = "many"
        attack = "S0154,T1559,T1021.002"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_COBALT_STRIKE_ARTIFACT"
        fp = "authorised tests"

    strings:
        $format = "%c%c%c%c%c%c%c%c%cMSSE-%d-server" ascii
        $pipe1 = "\\\\.\\pipe\\MSSE-" ascii wide
        $pipe2 = "\\\\.\\pipe\\msagent_" ascii wide
        $pipe3 = "\\\\.\\pipe\\postex_" ascii wide
        $pipe4 = "\\\\.\\pipe\\status_" ascii wide
        $loader = "ReflectiveLoader" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($format or 2 of ($pipe*) or (any of ($pipe1, $pipe2, $pipe3) and $loader))
}

rule SPOOR_TOOL_COBALT_STRIKE_STAGER
{
    meta:
        author = "spoor project"
        description = "Finds the PowerShell stager of Cobalt Strike"
        reference = "Fortra, Cobalt Strike documentation"
        reference2 = "MITRE ATT&CK S0154"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Cobalt Strike beacon"
        actors = "many"
        attack = "S0154,T1059.001,T1027"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_COBALT_STRIKE_STAGER"
        fp = "authorised tests"

    strings:
        $code = "[Byte[]]$var_\x63ode" ascii wide
        $xor = "$var_code[$x] -b\x78or 35" ascii wide
        $doit = "$Do\x49t = @'" ascii wide
        $runme = "$var_ru\x6Eme" ascii wide
        $buffer = "$var_buf\x66er" ascii wide

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 4MB and
        ($xor or ($code and any of ($doit, $runme, $buffer)))
}
