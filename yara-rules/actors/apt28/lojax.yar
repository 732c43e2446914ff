// LoJax: UEFI rootkit that plants a modified anti-theft agent. rpcnetp.exe and RwDrv.sys
// exist in honest software and decide nothing alone.

rule SPOOR_APT_LOJAX_TOOLS
{
    meta:
        author = "spoor project"
        description = "Finds the file names of the LoJax flash tools and its modified small agent"
        reference = "ESET, \"LoJax: First UEFI rootkit found in the wild\", 2018-09"
        reference2 = "MITRE ATT&CK S0397"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "LoJax"
        actors = "APT28"
        attack = "S0397,T1542.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_LOJAX_TOOLS"

    strings:
        $info = "info_efi.exe" ascii wide
        $rewrite = "ReWriter_binary.exe" ascii wide
        $check = "autoche.exe" ascii wide
        $agent = "rpcnetp.exe" ascii wide nocase
        $driver = "RwDrv.sys" ascii wide nocase
        $module = "SecDxe" ascii wide
        $boot = "autocheck autoche *" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (2 of ($info, $rewrite, $check) or (any of ($info, $rewrite, $check, $boot) and any of ($agent, $driver, $module)) or ($module and $agent))
}
