// Installer packages that install a remote tool in passing: a document viewer that
// starts the agent of somebody's console.

rule SPOOR_CARR_MSI_REMOTE_TOOL_SILENT
{
    meta:
        author = "spoor project"
        description = "Finds installers that carry another installer and start it silently"
        reference = "MITRE ATT&CK T1218.007"
        reference2 = "Cisco Talos, \"Spam campaign targeting Brazil abuses Remote Monitoring and Management tools\", 2025-05"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 55
        family = "Container lures"
        actors = "MuddyWater,many"
        attack = "T1218.007,T1219"
        severity = "low"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_MSI_REMOTE_TOOL_SILENT"
        fp = "packages of managed service providers"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $quiet1 = "msiexec /i" ascii nocase
        $quiet2 = "msiexec.exe /i" ascii nocase
        $quiet3 = "msi /qn" ascii nocase
        $tool1 = "AteraAgent" ascii nocase
        $tool2 = "ScreenConnect" ascii nocase
        $tool3 = "rutserv" ascii nocase
        $tool4 = "NinjaRMM" ascii nocase
        $tool5 = "PDQConnect" ascii nocase
        $tool6 = "action1_agent" ascii nocase
        $tool7 = "SimpleHelp" ascii nocase
        $tool8 = "Remote Access.exe" ascii nocase
        $tool9 = "level.msi" ascii nocase

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 256MB and
        $package and any of ($tool*) and $quiet3 and any of ($quiet1, $quiet2)
}

rule SPOOR_CARR_MSI_SCRIPT_ACTION
{
    meta:
        author = "spoor project"
        description = "Finds installers whose action runs an encoded or downloading script"
        reference = "MITRE ATT&CK T1218.007"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "Container lures"
        actors = "many"
        attack = "T1218.007,T1059.001"
        severity = "medium"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_MSI_SCRIPT_ACTION"
        fp = "installers of administration software"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $table = "CustomAction" ascii
        $run1 = "powershell" ascii nocase
        $run2 = "mshta http" ascii nocase
        $load1 = "FromBase64String" ascii nocase
        $load2 = "DownloadString(" ascii nocase
        $load3 = "DownloadFile(" ascii nocase
        $load4 = "-EncodedCommand" ascii nocase
        $load5 = "Invoke-WebRequest" ascii nocase
        $hide1 = "-WindowStyle Hidden" ascii nocase
        $hide2 = "-w hidden" ascii nocase

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 256MB and
        $package and $table and ($run2 or ($run1 and any of ($load*) and any of ($hide*)))
}
