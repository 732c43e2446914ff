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
        $key = "jGzAcN6k4VsTRn9" ascii wide
        $app1 = "CelasTradePro" ascii wide
        $app2 = "JMTTrader" ascii wide
        $app3 = "UnionCryptoTrader" ascii wide
        $app4 = "Kupay Wallet" ascii wide
        $app5 = "CoinGoTrade" ascii wide
        $app6 = "Dorusio" ascii wide
        $crash = "CrashReporter" ascii wide
        $plist = "org.jmttrading.plist" ascii
        $updater = "Updater.exe" ascii wide

    condition:
        filesize < 64MB and
        (uint16(0) == 0x5A4D or uint32(0) == 0xFEEDFACF or (uint32be(0) == 0xD0CF11E0)) and
        ($key or $plist or (any of ($app*) and any of ($crash, $updater)))
}
