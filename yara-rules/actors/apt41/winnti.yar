// Winnti: backdoor and drivers for Windows, and the Linux build that hides behind a
// library.

rule SPOOR_APT_WINNTI_COMPONENT
{
    meta:
        author = "spoor project"
        description = "Finds the exports, files and hiding variable of Winnti components"
        reference = "ESET, report on the Winnti arsenal, 2018"
        reference2 = "Chronicle, \"Winnti: More than just Windows and Gates\", 2019-05"
        reference3 = "MITRE ATT&CK S0141"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "Winnti"
        actors = "APT41"
        attack = "S0141,T1014,T1574.006"
        severity = "high"
        carriers = "pe,elf"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_WINNTI_COMPONENT"

    strings:
        $export1 = "work_start" ascii
        $export2 = "work_end" ascii
        $temp = "tmpCCC2.tmp" ascii
        $lib = "libxselinux.so" ascii
        $hide = "HIDE_THIS_SHELL=x" ascii

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F) and
        filesize < 16MB and
        (all of ($export*) or ($hide and $lib) or ($temp and any of ($export*)) or $hide)
}
