// SampleCheck5000, ODAgent and OilCheck: downloaders of 2021-2022 that use mail drafts
// and cloud drives.

rule SPOOR_APT_SC5K_DOWNLOADER
{
    meta:
        author = "spoor project"
        description = "Finds the names and mail library of the SampleCheck5000 and ODAgent downloaders"
        reference = "ESET, \"OilRig's persistent attacks using cloud service-powered downloaders\", 2023-12"
        reference2 = "MITRE ATT&CK S1168"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "SampleCheck5000"
        actors = "OilRig"
        attack = "S1168,T1102.002"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_SC5K_DOWNLOADER"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $name = "SC5k" ascii wide
        $pdb = "ODAgent.pdb" ascii
        $exe1 = "ODAgent.exe" ascii wide
        $exe2 = "owa.service.exe" ascii wide
        $exe3 = "mscom.exe" ascii wide
        $exe4 = "LinkSync.exe" ascii wide
        $ews = "Microsoft.Exchange.WebServices" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        $metadata and ($pdb or ($ews and any of ($name, $exe*)) or 2 of ($name, $exe*))
}
