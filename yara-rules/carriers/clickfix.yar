// ClickFix: a page asks the visitor to paste a command that it has put into the
// clipboard.

rule SPOOR_CARR_CLICKFIX_PAGE
{
    meta:
        author = "spoor project"
        description = "Finds pages that put a command into the clipboard and ask to paste it"
        reference = "Proofpoint, \"Around the World in 90 Days: State-Sponsored Actors Try ClickFix\", 2025-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 74
        family = "ClickFix / fake CAPTCHA"
        actors = "Kimsuky,MuddyWater,APT28,Callisto,many"
        attack = "T1204.004,T1566.002"
        severity = "medium"
        carriers = "html"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_CLICKFIX_PAGE"

    strings:
        $clip1 = "navigator.clipboard.\x77riteText" ascii
        $clip2 = "execComman\x64(\"copy\")" ascii
        $clip3 = "execComman\x64('copy')" ascii
        $cmd1 = "powershell -w \x68idden" ascii nocase
        $cmd2 = "powershe\x6Cl -NoP" ascii nocase
        $cmd3 = "mshta h\x74tp" ascii nocase
        $cmd4 = "powershe\x6Cl -enc" ascii nocase
        $cmd5 = "cmd /c c\x75rl" ascii nocase
        $cmd6 = "|ie\x78" ascii nocase
        $cmd7 = "powershel\x6C.exe -w" ascii nocase
        $ask1 = "I am not a r\x6Fbot" ascii nocase
        $ask2 = "Verificat\x69on ID" ascii nocase
        $ask3 = "Windo\x77s + R" ascii nocase
        $ask4 = "Wi\x6E + R" ascii nocase
        $ask5 = "Ctr\x6C + V" ascii nocase
        $ask6 = "Verify you ar\x65 human" ascii nocase

    condition:
        (uint8(0) == 0x3C or uint32be(0) == 0xEFBBBF3C) and
        filesize < 4MB and
        any of ($clip*) and any of ($cmd*) and any of ($ask*)
}

rule SPOOR_CARR_CLICKFIX_COMMAND
{
    meta:
        author = "spoor project"
        description = "Finds a pasted command that ends in words about a robot check"
        reference = "Proofpoint, \"Around the World in 90 Days: State-Sponsored Actors Try ClickFix\", 2025-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 80
        family = "ClickFix / fake CAPTCHA"
        actors = "many"
        attack = "T1204.004,T1059.001"
        severity = "high"
        carriers = "text,script,registry"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_CLICKFIX_COMMAND"

    strings:
        $c1 = /(powershell|mshta|cmd|curl|msiexec|rundll32)[^\r\n\x00#]{8,64}[^\r\n\x00]{0,64}[^\r\n\x00]{0,64}[^\r\n\x00]{0,64}#\s{0,4}['"]?[^\r\n\x00]{0,24}(reCAPTCHA|I am not a robot|Verification ID|Cloudflare|human verif)/

    condition:
        uint8(0) != 0x3C and uint16(0) != 0x5A4D and uint32(0) != 0x464C457F and
        filesize < 64MB and
        $c1
}
