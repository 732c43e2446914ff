// HTTP_VIP (Nuso): downloader and backdoor of 2026 that fetches a remote tool. Its header
// names and request paths are asked for together.

rule SPOOR_APT_HTTP_VIP_IMPLANT
{
    meta:
        author = "spoor project"
        description = "Finds the build path or the headers and requests of HTTP_VIP"
        reference = "Group-IB, report on Operation Olalampo, 2026-02"
        reference2 = "Unit 42, report on Boggy Serpens, 2026-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "HTTP_VIP/Nuso"
        actors = "MuddyWater"
        attack = "T1071.001,T1105,T1219"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_HTTP_VIP_IMPLANT"

    strings:
        $pdb = "C:\\Users\\nuso\\source\\repos\\http_vip\\" ascii
        $build = "\\http_last_ver\\" ascii
        $header1 = "X-Antivirus-Name" ascii wide
        $header2 = "X-ChunkId" ascii wide
        $header3 = "X-Windows-Build" ascii wide
        $request1 = "/postinfo" ascii wide
        $request2 = "/upload-results" ascii wide
        $request3 = "/ercv" ascii wide fullword
        $request4 = "/ecmd" ascii wide fullword

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($pdb or ($build and any of ($header*, $request*)) or
         (2 of ($header*) and 2 of ($request*)))
}
