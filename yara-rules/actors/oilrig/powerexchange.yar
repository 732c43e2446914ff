// PowerExchange: PowerShell backdoor of 2022-2023 on a mail server; its orders are mails
// with @@ in the subject.

rule SPOOR_APT_POWEREXCHANGE_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the subject mark and files of the PowerExchange backdoor"
        reference = "Fortinet, \"Operation Total Exchange: New PowerExchange Backdoor Discovered in the UAE\", 2023-05"
        reference2 = "Symantec, \"Crambus: New Campaign Targets Middle Eastern Government\", 2023-10"
        reference3 = "MITRE ATT&CK S1173"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "PowerExchange"
        actors = "OilRig"
        attack = "S1173,T1071.003,T1059.001"
        severity = "critical"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_POWEREXCHANGE_SCRIPT"

    strings:
        $match = "-mat\x63h \"@@(.*)@@\"" ascii wide nocase
        $contains = "ContainsSubjectS\x74rings.Add(\"@@\")" ascii wide nocase
        $library = "Microsoft.Exchange.Web\x53ervices.dll" ascii wide nocase
        $subject = "Update Micros\x6Fft Edge" ascii wide nocase
        $file1 = "wsdl.\x70s1" ascii wide nocase
        $file2 = "autosav\x65.exe" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 2MB and
        (any of ($match, $contains) and any of ($library, $subject, $file*) or all of ($match, $contains) or ($subject and any of ($library, $file*)))
}
