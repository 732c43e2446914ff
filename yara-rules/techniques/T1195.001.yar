// tasks.json of an editor in a repository that a false recruiter hands out.

rule SPOOR_TECH_EDITOR_TASK_ON_OPEN
{
    meta:
        author = "spoor project"
        description = "Finds editor settings that fetch and run code when a folder is opened"
        reference = "Jamf, \"Threat actors expand abuse of Microsoft Visual Studio Code\", 2026-01"
        reference2 = "MITRE ATT&CK T1195.001"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "BeaverTail"
        actors = "Contagious Interview"
        attack = "T1195.001,T1204.002"
        severity = "high"
        carriers = "text,script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TECH_EDITOR_TASK_ON_OPEN"

    strings:
        $on = "\"run\x4Fn\"" ascii
        $open = "\"folder\x4Fpen\"" ascii
        $tasks = "\"tas\x6Bs\"" ascii
        $get1 = "cu\x72l" ascii
        $get2 = "wg\x65t" ascii
        $get3 = "Invoke-WebR\x65quest" ascii
        $pipe1 = "| ba\x73h" ascii
        $pipe2 = "| s\x68" ascii
        $pipe4 = "| cm\x64" ascii
        $pipe5 = "| no\x64e" ascii
        $pipe6 = "|ba\x73h" ascii
        $node1 = "nod\x65 -e" ascii
        $node2 = "powers\x68ell" ascii

    condition:
        filesize < 256KB and
        uint8(0) != 0x3C and uint8(0) != 0x23 and
        $on and $open and $tasks and any of ($get*) and any of ($pipe*, $node*)
}
