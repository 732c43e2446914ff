// Carbon (Cobra): second-stage backdoor with a configuration file in INI form and a
// named pipe.

rule SPOOR_APT_CARBON_DLL
{
    meta:
        author = "spoor project"
        description = "Finds the pipe, driver and log file names of the Carbon backdoor"
        reference = "ESET, \"Carbon Paper: Peering into Turla's second stage backdoor\", 2017-03"
        reference2 = "MITRE ATT&CK S0335"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Carbon"
        actors = "Turla"
        attack = "S0335,T1071"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_CARBON_DLL"

    strings:
        $pipe = "\\pipe\\sdlrpc" ascii
        $log = "estdlawf.fes" ascii
        $driver = "srservice.sys" ascii nocase
        $module = "MSVXFF.dll" ascii nocase
        $section1 = "[CRYPTO]" ascii
        $section2 = "[OBJECT_ID]" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        (2 of ($pipe, $log, $driver, $module) or (any of ($pipe, $log) and any of ($section*)))
}
