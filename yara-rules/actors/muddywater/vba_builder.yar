// The macro builder behind the document lures of 2025-2026: the payload stands as text in
// a form's text box, the code writes it below a public folder and runs it. One byte of
// each text marker is written as \x.. so that this file does not match itself.

rule SPOOR_APT_MUDDYWATER_VBA_CODE
{
    meta:
        author = "spoor project"
        description = "Finds the function names and drop files of the MuddyWater macro builder"
        reference = "Group-IB, report on Operation Olalampo, 2026-02"
        reference2 = "Unit 42, report on Boggy Serpens, 2026-03"
        reference3 = "CloudSEK, report on RustyWater, 2026-01"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 85
        family = "MuddyWater VBA builder"
        actors = "MuddyWater"
        attack = "T1059.005,T1027.009,T1204.002"
        severity = "high"
        carriers = "ole,ooxml,script"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_VBA_CODE"

    strings:
        // a decompressed module begins with this line
        $module = "Attribute VB_Na\x6De" ascii
        $shifted_path = "4A41635C7A6C797A63577C6973706A6\x33" ascii nocase
        $shift_function = "DSDSD\x53DS(" ascii
        $loop = "love_m\x65__" ascii
        $write = "WriteHexTo\x46ile" ascii nocase
        $greeting = "Hi, have a nice tim\x65 :)" ascii
        $box = "UserForm1.TextBox1.T\x65xt" ascii nocase
        $drop1 = "C:\\Users\\Public\\Documents\\ManagerProc.l\x6Fg" ascii nocase
        $drop2 = "C:\\Users\\Public\\hostmanager.t\x78t" ascii nocase
        $drop3 = "novaservice.t\x78t" ascii nocase
        $drop4 = "CertificationKit.i\x6Ei" ascii nocase

    condition:
        filesize < 8MB and $module in (0..256) and
        ($shifted_path or 2 of ($shift_function, $loop, $write, $greeting) or
         ($box and any of ($drop*)))
}

rule SPOOR_APT_MUDDYWATER_VBA_FORM
{
    meta:
        author = "spoor project"
        description = "Finds a program kept as hex text in a macro form of an OLE document"
        reference = "Group-IB, report on Operation Olalampo, 2026-02"
        reference2 = "Unit 42, report on Boggy Serpens, 2026-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 75
        family = "MuddyWater VBA builder"
        actors = "MuddyWater"
        attack = "T1027.009,T1204.002"
        severity = "high"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_VBA_FORM"
        fp = "documents of VBA tutorials that embed a program on purpose"

    strings:
        $form = "UserForm1" ascii wide
        $box = "TextBox1" ascii
        // the first ten bytes of a usual DOS header, written as hex digits
        $program = "4D5A9000030000000400" ascii wide nocase
        $project = "_VBA_PROJECT" wide

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 16MB and
        all of them
}
