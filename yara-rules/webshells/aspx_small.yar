// Small server pages for IIS and Java that run what a request brings, whatever their
// name.

rule SPOOR_WEB_ASPX_SMALL_EVAL
{
    meta:
        author = "spoor project"
        description = "Finds small ASPX, ASP and JSP pages that run a request parameter"
        reference = "MITRE ATT&CK T1505.003"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 78
        family = "China Chopper"
        actors = "many"
        attack = "T1505.003"
        severity = "high"
        carriers = "script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_WEB_ASPX_SMALL_EVAL"
        fp = "examples of an unsafe page in a course"

    strings:
        $a1 = /eval\s{0,2}\(\s{0,2}Request(\.Item|\.Form|\.QueryString)?\s{0,2}[\[(]\s{0,2}["'][^"'\n]{1,32}["']\s{0,2}[\])]/
        $a2 = /(Execute|ExecuteGlobal)\s{0,2}\(?\s{0,2}Request\s{0,2}\(\s{0,2}["']/
        $j1 = /Runtime\.getRuntime\(\)\.exec\s{0,2}\(\s{0,2}request\.getParameter\s{0,2}\(/

    condition:
        (uint16be(0) == 0x3C25 or uint16be(0) == 0x3C3F or uint32be(0) == 0xEFBBBF3C) and
        filesize < 4KB and
        any of them
}
