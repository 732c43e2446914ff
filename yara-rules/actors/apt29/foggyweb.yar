// FoggyWeb: loader beside the federation service (AD FS) and the backdoor it decrypts.
// The payload file pretends to be a resource of a language that Windows does not ship.

rule SPOOR_APT_FOGGYWEB_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the encrypted file and federation server paths of FoggyWeb"
        reference = "Microsoft, \"FoggyWeb: Targeted NOBELIUM malware leads to persistent backdoor\", 2021-09"
        reference2 = "MITRE ATT&CK S0661"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "FoggyWeb"
        actors = "APT29"
        attack = "S0661,T1606.002,T1574.001"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_FOGGYWEB_LOADER"

    strings:
        $payload = "Windows.Data.TimeZones.zh-PH.pri" ascii wide
        $module = "Microsoft.IdentityServer.WebExtension" ascii wide
        $path = "/adfs/portal/images/theme/light01/" ascii wide
        $folder = "\\ADFS\\version.dll" ascii wide nocase

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 16MB and
        ($payload or 2 of ($module, $path, $folder))
}
