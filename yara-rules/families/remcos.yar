// Remcos: commercial remote control. Its encrypted settings lie in a resource called
// SETTINGS.

rule SPOOR_APT_REMCOS_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Finds the mutex, vendor and messages of the Remcos agent"
        reference = "Cisco Talos, \"Gamaredon campaign abuses LNK files to distribute Remcos backdoor\", 2025-03"
        reference2 = "MITRE ATT&CK S0332"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "Remcos"
        actors = "Gamaredon,UAC-0050,many"
        attack = "S0332,T1219,T1056.001"
        severity = "high"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_REMCOS_PROGRAM"

    strings:
        $mutex = "Remcos_Mutex_Inj" ascii wide
        $vendor = "Breaking-Security.net" ascii wide
        $upload = "Uploading file to Controller:" ascii wide
        $key = "Software\\Remcos-" ascii wide
        $log1 = "remcos\\logs.dat" ascii wide
        $log2 = "\\logs.dat" ascii wide
        $licence = "licence_code.txt" ascii wide
        $name = "Remcos" ascii wide
        $settings = "SETTINGS" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        ($mutex or 2 of ($vendor, $upload, $key, $licence, $log1) or ($name and $settings and any of ($vendor, $upload, $log2, $licence)))
}
