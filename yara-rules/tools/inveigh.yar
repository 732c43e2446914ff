// Inveigh and Responder: answer name queries to catch logons.

rule SPOOR_TOOL_INVEIGH_RESPONDER
{
    meta:
        author = "spoor project"
        description = "Finds Inveigh and Responder by their log names and functions"
        reference = "Kevin-Robertson/Inveigh (source)"
        reference2 = "lgandx/Responder (source)"
        reference3 = "MITRE ATT&CK S0174"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "Inveigh/Responder"
        actors = "many"
        attack = "S0174,T1557.001"
        severity = "high"
        carriers = "dotnet,pe,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_TOOL_INVEIGH_RESPONDER"
        fp = "authorised tests"

    strings:
        $func = "function Invoke-\x49nveigh" ascii wide nocase
        $log1 = "Inveigh-L\x6Fg.txt" ascii wide nocase
        $log2 = "Inveigh-NTL\x4Dv2.txt" ascii wide nocase
        $name = "Inve\x69gh" ascii wide
        $conf = "Responde\x72.conf" ascii wide nocase
        $database = "Respond\x65r.db" ascii wide nocase
        $session = "Responder-Ses\x73ion.log" ascii wide nocase

    condition:
        filesize < 16MB and
        uint8(0) != 0x3C and
        ($func or all of ($log*) or (any of ($log*) and #name > 3) or all of ($conf, $database, $session) or ($conf and $session))
}
