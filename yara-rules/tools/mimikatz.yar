// Mimikatz: reads credentials from memory. Security products contain single names, so
// three in one program are asked for.

rule SPOOR_TOOL_MIMIKATZ_BINARY
{
    meta:
        author = "spoor project"
        description = "Finds three names of the Mimikatz program in a program"
        reference = "gentilkiwi/mimikatz (source)"
        reference2 = "MITRE ATT&CK S0002"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "Mimikatz"
        actors = "many"
        attack = "S0002,T1003.001"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_MIMIKATZ_BINARY"
        fp = "signature files of security products that are programs"

    strings:
        $name1 = "mimik\x61tz" ascii wide
        $name2 = "gentil\x6Biwi" ascii wide
        $order1 = "sekurlsa::logonp\x61sswords" ascii wide
        $order2 = "lsadump::d\x63sync" ascii wide
        $error = "ERROR k\x75hl_m_" ascii wide
        $func = "kuhl_m_sek\x75rlsa" ascii
        $struct = "KiwiAndRegist\x72yTools" ascii
        $motto = "A La Vie, A L'\x41mour" ascii wide
        $author = "Benjamin \x44ELPY" ascii wide
        $prompt = "mimikatz(comma\x6Edline) # %s" ascii wide
        $read = "Lecture KIW\x49_MSV1_0_" ascii wide
        $power = "powerk\x61tz" ascii
        $drv = "mimi\x64rv" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        3 of them
}

rule SPOOR_TOOL_MIMIKATZ_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds Mimikatz loaded or ordered by a script or kept in its output"
        reference = "gentilkiwi/mimikatz (source)"
        reference2 = "MITRE ATT&CK S0002"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "Mimikatz"
        actors = "many"
        attack = "S0002,T1003.001,T1059.001"
        severity = "high"
        carriers = "script,text,evtx"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_MIMIKATZ_SCRIPT"
        fp = "notes and courses about it"

    strings:
        $order1 = "sekurlsa::logonp\x61sswords" ascii wide nocase
        $order2 = "lsadump::d\x63sync" ascii wide nocase
        $order3 = "privilege::\x64ebug" ascii wide nocase
        $order4 = "lsadum\x70::sam" ascii wide nocase
        $order5 = "kerberos::g\x6Flden" ascii wide nocase
        $prompt = "mimik\x61tz #" ascii wide nocase
        $prompt2 = "mimikatz(comm\x61ndline) #" ascii wide nocase
        $banner = "A La Vie, A L'\x41mour" ascii wide nocase
        $invoke = "Invoke-Mim\x69katz" ascii wide nocase
        $power = "powerk\x61tz" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 16MB and
        ((any of ($prompt*) and any of ($order*, $banner)) or (2 of ($order*) and any of ($invoke, $power)) or ($banner and any of ($order*)))
}
