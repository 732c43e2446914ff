// ScanBox: JavaScript that profiles visitors of a watering hole; it lies in browser
// caches and in page folders. Its misspelt names are constant.

rule SPOOR_APT_SCANBOX_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the object names of the ScanBox profiling framework"
        reference = "Proofpoint and PwC, \"Rising Tide: Chasing the Currents of Espionage in the South China Sea\", 2022-08"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "ScanBox"
        actors = "APT40,many"
        attack = "T1189,T1056.001"
        severity = "critical"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SCANBOX_SCRIPT"

    strings:
        $name1 = "scanbox.basic\x70lguin" ascii
        $name2 = "scanbox.basic\x6Civeurl" ascii
        $name3 = "scanbox.c\x72ypt" ascii
        $name4 = "scanbox.inf\x6F.seed" ascii
        $split = ".fun.split_data = f\x75nction" ascii
        $plugin1 = "plguin\x75rl" ascii
        $plugin2 = "plugin_timeo\x75t*1000" ascii
        $api = "basic.api\x70ath" ascii
        $request = "php?m=a&d\x61ta=" ascii

    condition:
        filesize < 2MB and
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint8(0) != 0x23 and
        (2 of ($name*) or (any of ($name*) and any of ($split, $plugin*, $api, $request)) or 3 of ($split, $plugin*, $api, $request))
}
