// Scheduled tasks as files (System32\Tasks or exported).

rule SPOOR_TECH_TASK_HIDDEN_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds task files that run a hidden or decoded script"
        reference = "MITRE ATT&CK T1053.005"
        reference2 = "Microsoft, [MS-TSCH]: Task Scheduler Service Remoting Protocol"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "Windows persistence generic"
        actors = "many"
        attack = "T1053.005,T1059.001"
        severity = "medium"
        carriers = "text,any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TECH_TASK_HIDDEN_SCRIPT"
        fp = "tasks of administration software"

    strings:
        $task = "<Task ver\x73ion=" ascii wide
        $space = "http://schemas.microsoft.com/windo\x77s/2004/02/mit/task" ascii wide
        $exec = "<Ex\x65c>" ascii wide
        $run1 = "powers\x68ell" ascii wide nocase
        $run2 = "msh\x74a" ascii wide nocase
        $run3 = "wscr\x69pt" ascii wide nocase
        $hide1 = "-w hid\x64en" ascii wide nocase
        $hide2 = "-WindowStyle \x48idden" ascii wide nocase
        $hide3 = "-EncodedCo\x6Dmand" ascii wide nocase
        $hide4 = "FromBase64\x53tring" ascii wide nocase
        $hide5 = "mshta h\x74tp" ascii wide nocase
        $hide6 = "javasc\x72ipt:" ascii wide nocase
        $load1 = "DownloadS\x74ring" ascii wide nocase
        $load2 = "-en\x63" ascii wide nocase
        $load3 = "\\Users\\Pu\x62lic\\" ascii wide nocase
        $load4 = "Invoke-Expr\x65ssion" ascii wide nocase
        $load5 = "|ie\x78" ascii wide nocase

    condition:
        filesize < 256KB and
        $task in (0..512) and $space and $exec and any of ($run*) and (any of ($hide5, $hide6) or (any of ($hide*) and any of ($load*)))
}
