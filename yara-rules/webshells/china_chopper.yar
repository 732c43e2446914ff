// China Chopper: one-line server pages that evaluate a request parameter, and the same
// line in an Exchange virtual directory setting. The line has to stand near the start of
// a small page, so that texts which quote it are passed over.

rule SPOOR_WEB_CHINA_CHOPPER_PAGE
{
    meta:
        author = "spoor project"
        description = "Finds a small server page that only evaluates a request parameter"
        reference = "FireEye, \"Breaking Down the China Chopper Web Shell\", 2013"
        reference2 = "CISA, Alert AA20-259A, 2020-09"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "China Chopper"
        actors = "many"
        attack = "S0020,T1505.003"
        severity = "high"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_CHINA_CHOPPER_PAGE"

    strings:
        $jscript = /<%@\s{1,4}Page\s{1,4}Language="Jscript"\s{0,4}%>\s{0,8}<%\s{0,4}eval\(Request\.Item\["/ ascii nocase
        $unsafe = "\"unsafe\");%>" ascii nocase
        $asp = /<%\s{0,4}eval\s{1,4}request\s{0,2}\("/ ascii nocase
        $php = /<\?php\s{1,4}@eval\(\$_POST\[/ ascii nocase

    condition:
        filesize < 2KB and
        uint8(0) == 0x3C and
        ($jscript in (0..128) or $asp in (0..128) or $php in (0..128) or
         ($unsafe and uint16be(0) == 0x3C25))
}

rule SPOOR_WEB_CHINA_CHOPPER_OAB
{
    meta:
        author = "spoor project"
        description = "Finds a server script in the external URL of an Exchange directory setting"
        reference = "Microsoft, \"HAFNIUM targeting Exchange Servers with 0-day exploits\", 2021-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "China Chopper"
        actors = "HAFNIUM,many"
        attack = "S0020,T1505.003,T1190"
        severity = "critical"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_CHINA_CHOPPER_OAB"

    strings:
        $setting = /ExternalUrl\s{1,32}:\s{0,4}https?:\/\/[a-z0-9.]{1,16}\/<script language="JScript" runat="server">/ ascii nocase
        $evaluate = /function Page_Load\(\)\{eval\(Request\["/ ascii nocase

    condition:
        filesize < 64KB and
        all of them
}
