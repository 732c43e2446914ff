// HTML smuggling in other clothes: numbers instead of base64, and pages that ask for a
// password in plain sight.

rule SPOOR_CARR_HTML_SMUGGLING_CHAR_CODES
{
    meta:
        author = "spoor project"
        description = "Finds pages that build a program or archive out of numbers and save it"
        reference = "Microsoft, \"HTML smuggling surges\", 2021-11"
        reference2 = "MITRE ATT&CK T1027.006"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "HTML smuggling"
        actors = "many"
        attack = "T1027.006"
        severity = "medium"
        carriers = "html"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_HTML_SMUGGLING_CHAR_CODES"

    strings:
        $script = "<scri\x70t" ascii nocase
        $blob = "new B\x6Cob(" ascii
        $save1 = "createObje\x63tURL" ascii
        $save2 = "msSaveOrOp\x65nBlob" ascii
        $click = ".cli\x63k()" ascii
        $mz = /\[\s{0,4}77\s{0,2},\s{0,2}90\s{0,2},\s{0,2}144\s{0,2},/
        $zip = /\[\s{0,4}80\s{0,2},\s{0,2}75\s{0,2},\s{0,2}3\s{0,2},\s{0,2}4\s{0,2},/
        $rar = /\[\s{0,4}82\s{0,2},\s{0,2}97\s{0,2},\s{0,2}114\s{0,2},\s{0,2}33\s{0,2},/

    condition:
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C) and
        filesize < 32MB and
        $script and $blob and any of ($save*) and $click and any of ($mz, $zip, $rar)
}
