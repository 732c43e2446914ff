// Small PowerShell and JScript tools found with several MuddyWater families: a reverse
// proxy, an XOR-2 backdoor and a survey. They are met plain, as UTF-16 and under the
// base64 of -EncodedCommand. One byte of each text marker is written as \x.. so that
// this file does not match itself.

rule SPOOR_APT_MUDDYWATER_PS_PROXY
{
    meta:
        author = "spoor project"
        description = "Finds the socket lines of the MuddyWater PowerShell reverse proxy"
        reference = "Sekoia, report on MuddyWater infrastructure and PowerShell proxy, 2023-11"
        reference2 = "Group-IB, report on Operation Olalampo, 2026-02"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 90
        family = "MuddyWater PowerShell set"
        actors = "MuddyWater"
        attack = "T1090,T1059.001"
        severity = "critical"
        carriers = "script,text,evtx"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_PS_PROXY"

    strings:
        $read = "$CS.Read($buff,4,2) | Out-N\x75ll" ascii wide
        $port = "$DP = $buff[2]*256 + $buff[\x33]" ascii wide
        $begin = "$PS3.BeginInvoke() | Out-N\x75ll" ascii wide
        $read_encoded = "$CS.Read($buff,4,2) | Out-N\x75ll" wide base64
        $port_encoded = "$DP = $buff[2]*256 + $buff[\x33]" wide base64
        $begin_encoded = "$PS3.BeginInvoke() | Out-N\x75ll" wide base64

    condition:
        filesize < 8MB and uint8(0) != 0x3C and
        2 of them
}

rule SPOOR_APT_MUDDYWATER_PS_SURVEY
{
    meta:
        author = "spoor project"
        description = "Finds the encoding, survey and upload lines of MuddyWater scripts"
        reference = "CISA, Alert AA22-055A, 2022-02"
        reference2 = "Sekoia, report on MuddyWater scripts, 2022-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "MuddyWater PowerShell set"
        actors = "MuddyWater"
        attack = "T1059.001,T1082,T1041"
        severity = "high"
        carriers = "script,text,evtx"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_PS_SURVEY"

    strings:
        $encode = "function encode($txt,$key){$en\x42yte" ascii wide nocase
        $jscript = "subkeys(ke\x79));}" ascii wide
        $join = "$S += \"\x3B;\"" ascii wide
        $upload = "$wc.UploadFi\x6Ce(" ascii wide nocase
        $success = "443/suc\x63ess" ascii wide fullword

    condition:
        filesize < 1MB and uint8(0) != 0x3C and
        (($encode and any of ($join, $upload, $jscript)) or
         ($jscript and $join) or ($join and $upload) or ($upload and $success))
}
