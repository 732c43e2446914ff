// HTML pages and pictures that build a file in the browser from text which they carry.
// Pages that only export data use the same calls, so the start of an archive, image or
// program in base64 is asked for as well.

rule SPOOR_CARR_HTML_SMUGGLING_PAYLOAD
{
    meta:
        author = "spoor project"
        description = "Finds pages that save a program or archive which they carry as base64"
        reference = "Microsoft, \"HTML smuggling surges\", 2021-11"
        reference2 = "Cisco Talos, report on HTML smuggling, 2024-07"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "HTML smuggling"
        actors = "many"
        attack = "T1027.006,T1566.001"
        severity = "medium"
        carriers = "html"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_HTML_SMUGGLING_PAYLOAD"
        fp = "pages with an embedded document template that they fill and save"

    strings:
        $tag = "<html" ascii nocase
        $script = "<script" ascii nocase
        $blob1 = "new Blob(" ascii
        $blob2 = "msSaveOrOpenBlob" ascii
        $blob3 = "new File(" ascii
        $save1 = "createObjectURL" ascii
        $save2 = "msSaveOrOpenBlob" ascii
        $save3 = "msSaveBlob" ascii
        $go1 = ".click()" ascii
        $go2 = ".download" ascii
        $go3 = "saveAs(" ascii
        $decode1 = "atob(" ascii
        $decode2 = "fromCharCode" ascii
        $decode3 = "charCodeAt" ascii
        // MZ, ZIP, 7z, RAR, CAB, compound file, OneNote; the quote before them keeps them at the start
        $payload1 = /["'`,]TVqQAAMAAAAEAAAA/ ascii
        $payload2 = /["'`,]TVpQAAIAAAAEAA8A/ ascii
        $payload3 = /["'`,]UEsDB(BQA|AoA|C0A)/ ascii
        $payload4 = /["'`,]N3q8ryccA/ ascii
        $payload5 = /["'`,]UmFyIRoHA/ ascii
        $payload6 = /["'`,]TVNDRgAAAAA/ ascii
        $payload7 = /["'`,]0M8R4KGxGuE/ ascii
        $payload8 = /["'`,]5FJce4zYp02us/ ascii

    condition:
        filesize < 32MB and
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C or $tag in (0..512)) and $script and
        any of ($blob*) and any of ($save*) and any of ($go*) and any of ($decode*) and
        any of ($payload*)
}

rule SPOOR_CARR_HTML_SMUGGLING_ISO
{
    meta:
        author = "spoor project"
        description = "Finds pages that save a disc image which they build themselves"
        reference = "Microsoft, \"New sophisticated email-based attack from NOBELIUM\", 2021-05"
        reference2 = "Mandiant, \"Trello From the Other Side\", 2022-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "HTML smuggling"
        actors = "APT29,many"
        attack = "S0634,T1027.006,T1553.005"
        severity = "medium"
        carriers = "html"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_HTML_SMUGGLING_ISO"

    strings:
        $tag = "<html" ascii nocase
        $script = "<script" ascii nocase
        $type1 = "application/x-cd-image" ascii
        $type2 = "application/x-iso9660-image" ascii
        $blob = "new Blob(" ascii
        $save1 = "saveAs(blob" ascii
        $save2 = "createObjectURL" ascii
        $save3 = "msSaveOrOpenBlob" ascii
        $decode1 = "Uint8Array(" ascii
        $decode2 = "atob(" ascii

    condition:
        filesize < 32MB and
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C or $tag in (0..512)) and $script and
        any of ($type*) and $blob and any of ($save*) and any of ($decode*)
}
