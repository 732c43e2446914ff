// TONESHELL: backdoor of 2022-2025 beside a genuine game program; it injects with two
// programs of Windows.

rule SPOOR_APT_TONESHELL_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the waiting event, injection and module names of TONESHELL"
        reference = "Trend Micro, \"Earth Preta Mixes Legitimate and Malicious Components to Sidestep Detection\", 2025-02"
        reference2 = "MITRE ATT&CK S1239"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "TONESHELL"
        actors = "Mustang Panda"
        attack = "S1239,T1055,T1218"
        severity = "high"
        carriers = "pe,script,text"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_TONESHELL_LOADER"

    strings:
        $event = "Event1903008\x37251541" ascii wide nocase
        $mavinject = "mavinjec\x74.exe" ascii wide nocase
        $inject = "/INJECTRU\x4ENING" ascii wide nocase
        $module = "EACore.\x64ll" ascii wide nocase
        $exe1 = "OriginLegacy\x43LI.exe" ascii wide nocase
        $exe2 = "EssosUpda\x74e.exe" ascii wide nocase
        $waitfor = "waitfo\x72.exe" ascii wide nocase

    condition:
        filesize < 16MB and
        uint8(0) != 0x3C and
        ($event or ($inject and any of ($module, $exe*)) or ($module and $waitfor and $mavinject) or ($exe1 and $module and $waitfor))
}
