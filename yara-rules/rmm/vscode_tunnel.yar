// VS Code. Presence only: the account that is signed in tells.

rule SPOOR_RMM_VSCODE_TUNNEL_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies VS Code programs by their names"
        reference = "LOLRMM, VS Code / Dev tunnels"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "VS Code / Dev tunnels"
        actors = "Mustang Panda,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_VSCODE_TUNNEL_PROGRAM"
        fp = "every computer whose owner uses VS Code"

    strings:
        $name1 = "tunnels.api.visualstudio.com" ascii wide
        $name2 = "code-tunnel.exe" ascii wide
        $name3 = "devtunnel.exe" ascii wide

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 128MB and
        (2 of ($name*))
}
