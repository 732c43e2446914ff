// NICECURL: VBScript backdoor of 2024 that speaks through curl.

rule SPOOR_APT_NICECURL_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the function, host and command of the NICECURL backdoor"
        reference = "Mandiant, \"Uncharmed: Untangling Iran's APT42 Operations\", 2024-05"
        reference2 = "MITRE ATT&CK S1192"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "NICECURL"
        actors = "APT42"
        attack = "S1192,T1059.005"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_NICECURL_SCRIPT"

    strings:
        $func = "SetNewCo\x6Efig" ascii wide nocase
        $host = "prism-west-candy.\x67litch.me" ascii wide nocase
        $curl = "curl.exe --ssl-no-r\x65voke -s -d" ascii wide nocase
        $name = "kuzen.\x76bs" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 2MB and
        2 of them
}
