// LameHug: stealer of 2025 that asks a language model for the commands it runs. The
// model is a public one: only beside the file of the loot or the names of the lures.

rule SPOOR_APT_LAMEHUG_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds the model name and files of the LameHug stealer"
        reference = "CERT-UA, report on UAC-0001, 2025-07"
        reference2 = "MITRE ATT&CK S9035"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "LameHug"
        actors = "APT28"
        attack = "S9035,T1059.006,T1119"
        severity = "high"
        carriers = "pe,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_LAMEHUG_SCRIPT"

    strings:
        $model = "Qwen/Qwen2.5-Coder-32\x42-Instruct" ascii wide
        $host = "router.huggin\x67face.co" ascii wide
        $info = "\\info\\inf\x6F.txt" ascii wide nocase
        $file1 = "AI_generator_uncensore\x64_Canvas_PRO" ascii wide
        $file2 = "AI_image_genera\x74or_v0.95" ascii wide
        $file3 = "Appendi\x78.pif" ascii wide

    condition:
        filesize < 64MB and
        uint8(0) != 0x3C and
        (($model and any of ($info, $file*)) or ($info and any of ($host, $file*)))
}
