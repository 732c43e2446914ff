// WhisperGate: false ransomware in the boot sector and a file corrupter. The note is
// also looked for in boot sectors as such.

rule SPOOR_APT_WHISPERGATE_STAGES
{
    meta:
        author = "spoor project"
        description = "Finds the note, wallet and file names of the WhisperGate stages"
        reference = "Microsoft, \"Destructive malware targeting Ukrainian organizations\", 2022-01"
        reference2 = "MITRE ATT&CK S0689"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "WhisperGate"
        actors = "Cadet Blizzard"
        attack = "S0689,T1561.002,T1036"
        severity = "critical"
        carriers = "pe,dotnet,any"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_WHISPERGATE_STAGES"

    strings:
        $note = "Your hard drive has bee\x6E corrupted." ascii
        $wallet = "1AVNM68gj6PGPFcJuftKAT\x614WLnzg8fpfv" ascii wide
        $picture = "Tbopbh.\x6Apg" ascii wide
        $script = "Nmddfrqqrbyjey\x67ggda.vbs" ascii wide
        $run = "AdvancedR\x75n.exe" ascii wide

    condition:
        filesize < 16MB and
        (uint16(0) == 0x5A4D or uint16(0x1FE) == 0xAA55) and
        (($note and $wallet) or ($picture and any of ($script, $run)) or ($script and $run) or ($wallet and any of ($picture, $script)))
}
