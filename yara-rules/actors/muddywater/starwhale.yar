// STARWHALE (Canopy, SloughRAT): script backdoor of 2021-2022 that a service starts. One
// byte of each text marker is written as \x.. so that this file does not match itself.

rule SPOOR_APT_STARWHALE_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the argument, service and file names of STARWHALE"
        reference = "CISA, Alert AA22-055A, 2022-02"
        reference2 = "Mandiant, \"Telegram Malware Spotted in Latest Iranian Cyber Espionage Activity\", 2022-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "STARWHALE"
        actors = "MuddyWater"
        attack = "S1037,T1059.005,T1543.003"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_STARWHALE_SCRIPT"

    strings:
        $argument = "humpback_wh\x61le" ascii nocase
        $service = "Windowscarps\x74ss" ascii nocase
        $script = "system32\\w7_1.w\x73f" ascii nocase
        $pipe = "stari.t\x78t" ascii nocase

    condition:
        filesize < 4MB and uint16(0) != 0x5A4D and
        // not a page: a script file of the kind .wsf begins with < as well
        uint32be(0) != 0x3C21444F and uint32be(0) != 0x3C68746D and uint32be(0) != 0x3C212D2D and
        (($argument and any of ($service, $script, $pipe)) or ($service and $script))
}
