// Event subscriptions of WMI as they are compiled from a MOF file.

rule SPOOR_TECH_WMI_SCRIPT_CONSUMER
{
    meta:
        author = "spoor project"
        description = "Finds MOF text that binds an event filter to a script or command"
        reference = "MITRE ATT&CK T1546.003"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "Windows persistence generic"
        actors = "many"
        attack = "T1546.003"
        severity = "medium"
        carriers = "text,script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TECH_WMI_SCRIPT_CONSUMER"
        fp = "monitoring software"

    strings:
        $filter = "instance of __Even\x74Filter" ascii wide nocase
        $bind = "instance of __FilterToCons\x75merBinding" ascii wide nocase
        $consumer1 = "instance of ActiveScriptE\x76entConsumer" ascii wide nocase
        $consumer2 = "instance of CommandLineE\x76entConsumer" ascii wide nocase
        $run1 = "powers\x68ell" ascii wide nocase
        $run2 = "Script\x54ext" ascii wide nocase
        $run3 = "cmd.e\x78e" ascii wide nocase
        $run4 = "msh\x74a" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 1MB and
        $filter and $bind and any of ($consumer*) and any of ($run*)
}
