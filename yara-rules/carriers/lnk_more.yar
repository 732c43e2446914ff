// Shell links, further signs: blanks that push the arguments out of the properties
// window, decoys with two extensions, links that fetch from a share, and the library
// that a link starts.

rule SPOOR_CARR_LNK_PADDED
{
    meta:
        author = "spoor project"
        description = "Finds shell links whose arguments are pushed out of sight by white space"
        reference = "Trend Micro ZDI, \"ZDI-CAN-25373: Windows Shortcut Exploit Abused as Zero-Day in Widespread APT Campaigns\", 2025-03"
        reference2 = "Microsoft, [MS-SHLLINK]: Shell Link Binary File Format"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "LNK lure"
        actors = "APT37,Kimsuky,Gamaredon,many"
        attack = "T1204.002,T1027,T1036"
        severity = "high"
        carriers = "lnk"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_LNK_PADDED"

    strings:
        $pad1 = { 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 20 00 }
        $pad2 = { 0A 00 0D 00 0A 00 0D 00 0A 00 0D 00 0A 00 0D 00 }
        $pad3 = { 09 00 09 00 09 00 09 00 09 00 09 00 09 00 09 00 09 00 09 00 09 00 09 00 }
        $i1 = "powers\x68ell" wide nocase
        $i2 = "cmd.e\x78e" wide nocase
        $i3 = "msh\x74a" wide nocase
        $i5 = "rundl\x6C32" wide nocase

    condition:
        filesize < 8MB and
        uint32(0) == 0x0000004C and uint32(4) == 0x00021401 and uint32be(8) == 0x00000000 and
        (#pad1 > 12 or #pad2 > 4 or #pad3 > 8) and any of ($i*)
}

rule SPOOR_CARR_LNK_REMOTE
{
    meta:
        author = "spoor project"
        description = "Finds shell links that start something from a web folder or a foreign share"
        reference = "Microsoft, [MS-SHLLINK]: Shell Link Binary File Format"
        reference2 = "MITRE ATT&CK T1218.011"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "LNK lure"
        actors = "many"
        attack = "T1204.002,T1218.011,T1105"
        severity = "medium"
        carriers = "lnk"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_LNK_REMOTE"
        fp = "links into a web folder of the company that start a script"

    strings:
        $dav1 = "\\DavWWW\x52oot\\" wide nocase
        $dav2 = "@SS\x4C\\" wide nocase
        $dav3 = "@8\x30\\" wide nocase
        $run1 = "rundl\x6C32" wide nocase
        $run2 = "regsv\x7232" wide nocase
        $run3 = "msh\x74a" wide nocase
        $run4 = "wscr\x69pt" wide nocase
        $run5 = "cmd.e\x78e" wide nocase
        $run6 = "powers\x68ell" wide nocase

    condition:
        filesize < 8MB and
        uint32(0) == 0x0000004C and uint32(4) == 0x00021401 and uint32be(8) == 0x00000000 and
        any of ($dav*) and any of ($run*)
}

rule SPOOR_CARR_LNK_SIDELOAD
{
    meta:
        author = "spoor project"
        description = "Finds shell links that start a library or copy of a program from a hidden neighbour folder"
        reference = "Microsoft, \"New sophisticated email-based attack from NOBELIUM\", 2021-05"
        reference2 = "Trend Micro, report on Earth Preta, 2022-11"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 65
        family = "LNK lure"
        actors = "APT29,Mustang Panda,many"
        attack = "T1204.002,T1218.011"
        severity = "medium"
        carriers = "lnk"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_CARR_LNK_SIDELOAD"

    strings:
        $run1 = "rundl\x6C32" wide nocase
        $run2 = "regsv\x7232" wide nocase
        $start1 = "/c sta\x72t" wide nocase
        $start2 = "&& sta\x72t" wide nocase
        $start3 = "&sta\x72t" wide nocase
        $start4 = "& sta\x72t" wide nocase
        $h1 = ".dl\x6C," wide nocase
        $h2 = ".da\x74," wide nocase
        $h3 = ".tm\x70," wide nocase
        $h4 = ".lo\x67," wide nocase
        $hide1 = "\\System Volume Inf\x6Frmation" wide nocase
        $hide2 = "\\RECYCLE\x52.BIN" wide nocase
        $hide3 = "__MACO\x53X" wide nocase

    condition:
        filesize < 8MB and
        uint32(0) == 0x0000004C and uint32(4) == 0x00021401 and uint32be(8) == 0x00000000 and
        ((any of ($run*) and any of ($h*) and any of ($start*)) or (any of ($hide*) and any of ($run*, $start*)))
}
