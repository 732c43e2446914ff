// BugSleep (MuddyRot): x64 backdoor of 2024 whose builds keep every API, library and
// configuration text as bytes with 1 to 6 added. The shifted texts are listed one by
// one; the digit in a string's name is the number added.

rule SPOOR_APT_BUGSLEEP_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the shifted API and folder names of the BugSleep backdoor"
        reference = "Check Point Research, \"New BugSleep Backdoor Deployed in Recent MuddyWater Campaigns\", 2024-07"
        reference2 = "Sekoia, \"MuddyWater replaces Atera by custom MuddyRot implant in a recent campaign\", 2024-07"
        reference3 = "Israel National Cyber Directorate, report on MuddyWater, 2025-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 95
        family = "BugSleep"
        actors = "MuddyWater"
        attack = "T1027.013,T1140,T1071"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BUGSLEEP_IMPLANT"

    strings:
        $programdata1 = "qsphsbnebub" ascii
        $programdata2 = "rtqitcofcvc" ascii
        $programdata3 = "surjudpgdwd" ascii
        $programdata4 = "tvskveqhexe" ascii
        $programdata5 = "uwtlwfrifyf" ascii
        $programdata6 = "vxumxgsjgzg" ascii
        $loadlibrary1 = "MpbeMjcsbs" ascii
        $loadlibrary2 = "NqcfNkdtct" ascii
        $loadlibrary3 = "OrdgOleudu" ascii
        $loadlibrary4 = "PsehPmfvev" ascii
        $loadlibrary5 = "QtfiQngwfw" ascii
        $loadlibrary6 = "RugjRohxgx" ascii
        $terminatejob1 = "UfsnjobufKpcPckfdu" ascii
        $terminatejob2 = "VgtokpcvgLqdQdlgev" ascii
        $terminatejob3 = "WhuplqdwhMreRemhfw" ascii
        $terminatejob4 = "XivqmrexiNsfSfnigx" ascii
        $terminatejob5 = "YjwrnsfyjOtgTgojhy" ascii
        $terminatejob6 = "ZkxsotgzkPuhUhpkiz" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        (any of ($terminatejob*) or
         (any of ($programdata*) and any of ($loadlibrary*)))
}

rule SPOOR_APT_BUGSLEEP_CONFIG
{
    meta:
        author = "spoor project"
        description = "Finds the shifted mutex and task names of the BugSleep backdoor"
        reference = "Check Point Research, \"New BugSleep Backdoor Deployed in Recent MuddyWater Campaigns\", 2024-07"
        reference2 = "Cisco Talos, report on the BugSleep protocol, 2024-10"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "BugSleep"
        actors = "MuddyWater"
        attack = "T1027.013,T1053.005"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_BUGSLEEP_CONFIG"

    strings:
        // mutex and task names
        $document1 = "EpdvnfouVqebufs" ascii
        $document2 = "FqewogpvWrfcvgt" ascii
        $document3 = "GrfxphqwXsgdwhu" ascii
        $document4 = "HsgyqirxYthexiv" ascii
        $document5 = "IthzrjsyZuifyjw" ascii
        $document6 = "Jui{sktz[vjgzkx" ascii
        $package1 = "QbdlbhfNbobhfs" ascii
        $package2 = "RcemcigOcpcigt" ascii
        $package3 = "SdfndjhPdqdjhu" ascii
        $package4 = "TegoekiQerekiv" ascii
        $package5 = "UfhpfljRfsfljw" ascii
        $package6 = "VgiqgmkSgtgmkx" ascii
        // a second shifted name, so that no single text decides
        $getproc1 = "HfuQspdBeesftt" ascii
        $getproc2 = "IgvRtqeCfftguu" ascii
        $getproc3 = "JhwSurfDgguhvv" ascii
        $getproc4 = "KixTvsgEhhviww" ascii
        $getproc5 = "LjyUwthFiiwjxx" ascii
        $getproc6 = "MkzVxuiGjjxkyy" ascii
        $folder1 = "qsphsbnebub" ascii
        $folder2 = "rtqitcofcvc" ascii
        $folder3 = "surjudpgdwd" ascii
        $folder4 = "tvskveqhexe" ascii
        $folder5 = "uwtlwfrifyf" ascii
        $folder6 = "vxumxgsjgzg" ascii
        $kernel1 = "lfsofm43" ascii
        $kernel2 = "mgtpgn54" ascii
        $kernel3 = "nhuqho65" ascii
        $kernel4 = "oivrip76" ascii
        $kernel5 = "pjwsjq87" ascii
        $kernel6 = "qkxtkr98" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        any of ($document*, $package*) and
        any of ($getproc*, $folder*, $kernel*)
}
