// OopsIE: .NET trojan of 2018; the misspelt file names are the markers.

rule SPOOR_APT_OOPSIE_TROJAN
{
    meta:
        author = "spoor project"
        description = "Finds the files and request paths of the OopsIE trojan"
        reference = "Unit 42, \"OopsIE! OilRig Uses ThreeDollars to Deliver New Trojan\", 2018-02"
        reference2 = "MITRE ATT&CK S0264"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 88
        family = "OopsIE"
        actors = "OilRig"
        attack = "S0264,T1071.001,T1053.005"
        severity = "high"
        carriers = "dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_OOPSIE_TROJAN"

    strings:
        $metadata = { 42 53 4A 42 01 00 01 00 }
        $file1 = "srvBS.txt" wide
        $file2 = "srvCheckresponded.bat" wide
        $file3 = "srvResesponded.vbs" wide
        $file4 = "\\Base.txt" wide
        $path1 = "/chk?hex" wide
        $path2 = "/what" wide
        $path3 = "/resp" wide
        $oops = "oops" wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        $metadata and (2 of ($file1, $file2, $file3) or (any of ($file1, $file2, $file3) and any of ($path*, $file4)) or ($path1 and 2 of ($path2, $path3, $oops)))
}
