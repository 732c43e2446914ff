// Shell links that carry commands: the target line starts an interpreter that hides, loads
// or decodes, or the file carries what it is going to open.

rule SPOOR_CARR_LNK_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds shell links whose arguments hide, load or decode a script"
        reference = "Cisco Talos, \"Following the LNK metadata trail\", 2023-01"
        reference2 = "Microsoft, [MS-SHLLINK]: Shell Link Binary File Format"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "LNK lure"
        actors = "many"
        attack = "T1204.002,T1059.001,T1218.005"
        severity = "medium"
        carriers = "lnk"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_LNK_SCRIPT"
        fp = "log-on links of administrators that run hidden scripts"

    strings:
        $interpreter1 = "powershell" wide nocase
        $interpreter2 = "mshta" wide nocase fullword
        $interpreter3 = "cmd.exe" wide nocase
        $interpreter4 = "wscript" wide nocase fullword
        $interpreter5 = "forfiles" wide nocase
        $interpreter6 = "conhost" wide nocase fullword
        $load1 = "DownloadString(" wide nocase
        $load2 = "DownloadFile(" wide nocase
        $load3 = "Invoke-WebRequest" wide nocase
        $load4 = "Invoke-Expression" wide nocase
        $load5 = "mshta http" wide nocase
        $load6 = "mshta.exe http" wide nocase
        $load7 = "|iex" wide nocase
        $load8 = "irm http" wide nocase
        $load9 = "curl.exe -" wide nocase
        $decode1 = "FromBase64String" wide nocase
        $decode2 = "-EncodedCommand" wide nocase
        $decode3 = /-e(nc|c|ncod)? {1,4}[A-Za-z0-9+\/]{40}/ wide nocase
        $hide1 = "-w hidden" wide nocase
        $hide2 = "-WindowStyle Hidden" wide nocase
        $hide3 = "-win hidden" wide nocase
        $hide4 = "/min " wide nocase
        $self1 = "findstr" wide nocase
        $self2 = ".lnk" wide nocase

    condition:
        uint32(0) == 0x0000004C and uint32(4) == 0x00021401 and uint32be(8) == 0x00000000 and
        filesize < 64MB and
        any of ($interpreter*) and
        (any of ($load5, $load6) or
         (any of ($load*, $decode*) and any of ($hide*)) or
         (all of ($self*) and any of ($interpreter1, $interpreter3)))
}

rule SPOOR_CARR_LNK_EMBEDDED
{
    meta:
        author = "spoor project"
        description = "Finds shell links that start an interpreter and carry a document or program"
        reference = "Check Point Research, \"Chain Reaction: ROKRAT's Missing Link\", 2023-05"
        reference2 = "Microsoft, [MS-SHLLINK]: Shell Link Binary File Format"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "LNK lure"
        actors = "APT37,Kimsuky,many"
        attack = "T1204.002,T1027.009"
        severity = "high"
        carriers = "lnk"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_LNK_EMBEDDED"

    strings:
        $interpreter1 = "powershell" wide nocase
        $interpreter2 = "cmd.exe" wide nocase
        $interpreter3 = "mshta" wide nocase fullword
        $document1 = { D0 CF 11 E0 A1 B1 1A E1 }
        $document2 = "%PDF-1." ascii
        $document3 = { 50 4B 03 04 14 00 ( 00 | 02 | 06 | 08 ) ( 00 | 08 ) }
        $document4 = "MSCF\x00\x00\x00\x00" ascii
        $program = "This program cannot be run in DOS mode" ascii

    condition:
        uint32(0) == 0x0000004C and uint32(4) == 0x00021401 and uint32be(8) == 0x00000000 and
        filesize < 64MB and
        any of ($interpreter*) and
        any of ($document*, $program)
}
