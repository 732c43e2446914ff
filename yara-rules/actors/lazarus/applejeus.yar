// AppleJeus: trading programs for Windows and macOS with a second program that reports
// home.

rule SPOOR_APT_APPLEJEUS_APP
{
    meta:
        author = "spoor project"
        description = "Finds the false trading programs of AppleJeus"
        reference = "CISA, Alert AA21-048A, 2021-02"
        reference2 = "MITRE ATT&CK S0584"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "AppleJeus"
        actors = "Lazarus"
        attack = "S0584,T1036,T1195.002"
        severity = "high"
        carriers = "pe,macho,ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_APPLEJEUS_APP"

    strings:
        $key = "jGzAcN6k4V\x73TRn9" ascii wide
        $app1 = "CelasTra\x64ePro" ascii wide
        $app2 = "JMTTra\x64er" ascii wide
        $app3 = "UnionCrypto\x54rader" ascii wide
        $app4 = "Kupay Wa\x6Clet" ascii wide
        $app5 = "CoinGoT\x72ade" ascii wide
        $app6 = "Doru\x73io" ascii wide
        $crash = "CrashRep\x6Frter" ascii wide
        $plist = "org.jmttradin\x67.plist" ascii
        $updater = "Update\x72.exe" ascii wide

    condition:
        filesize < 64MB and
        (uint16(0) == 0x5A4D or uint32(0) == 0xFEEDFACF or (uint32be(0) == 0xD0CF11E0)) and
        ($key or $plist or (any of ($app*) and any of ($crash, $updater)))
}
