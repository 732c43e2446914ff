// HEADLACE: batch and VBS loops that use a headless Edge as downloader. Test suites
// start Edge the same way, so the service and the folder are asked for as well.

rule SPOOR_APT_HEADLACE_SCRIPT
{
    meta:
        author = "spoor project"
        description = "Finds scripts that fetch code with a headless Edge from a request-catching service"
        reference = "Recorded Future, \"GRU's BlueDelta Targets Key Networks in Europe with Multi-Phase Espionage Campaigns\", 2024-05"
        reference2 = "CERT-UA, reports on UAC-0028"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 70
        family = "HEADLACE"
        actors = "APT28"
        attack = "T1059.003,T1105,T1102"
        severity = "medium"
        carriers = "script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_HEADLACE_SCRIPT"

    strings:
        $headless = "--headless=new --dis\x61ble-gpu" ascii wide nocase
        $headless2 = "msedge --hea\x64less" ascii wide nocase
        $site1 = "webhook.\x73ite/" ascii wide nocase
        $site2 = "run.moc\x6By.io/" ascii wide nocase
        $site3 = "mockbi\x6E.org/" ascii wide nocase
        $site4 = "mock\x79.io/" ascii wide nocase
        $move1 = "%PROGRAM\x44ATA%" ascii wide nocase
        $move2 = "\\Downlo\x61ds\\" ascii wide nocase

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 256KB and
        any of ($headless*) and any of ($site*) and any of ($move*)
}
