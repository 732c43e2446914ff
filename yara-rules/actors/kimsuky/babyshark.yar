// BabyShark (ReconShark): scripts that list the machine, encode the list and post it.

rule SPOOR_APT_BABYSHARK_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the request parameters, log and start commands of BabyShark and ReconShark"
        reference = "Unit 42, \"New BabyShark Malware Targets U.S. National Security Think Tanks\", 2019-02"
        reference2 = "SentinelOne, \"Kimsuky | Ongoing Campaign Using Tailored Reconnaissance Toolkit\", 2023-05"
        reference3 = "MITRE ATT&CK S0414"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "BabyShark"
        actors = "Kimsuky"
        attack = "S0414,T1059.005,T1218.005"
        severity = "high"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BABYSHARK_SCRIPT"

    strings:
        $request1 = "expres.ph\x70?op=1" ascii wide nocase
        $request2 = ".php?o\x70=1" ascii wide nocase
        $log = "\\Microsoft\\t\x74mp.log" ascii wide nocase
        $warn = "Security\\VBAW\x61rnings" ascii wide nocase
        $encode = "certutil -e\x6Ecode" ascii wide nocase
        $mshta = "msh\x74a" ascii wide nocase
        $survey = "system\x69nfo" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 2MB and
        ($request1 or ($log and any of ($encode, $request2, $warn, $survey)) or ($request2 and $mshta and any of ($warn, $survey)))
}
