// MeshCentral. Presence only: server and group stand in the .msh file or behind the
// program.

rule SPOOR_RMM_MESHAGENT_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies MeshCentral programs by their version resource and names"
        reference = "LOLRMM, MeshCentral / MeshAgent"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "MeshCentral / MeshAgent"
        actors = "Fox Kitten,many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,dotnet"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_MESHAGENT_PROGRAM"
        fp = "every computer whose owner uses MeshCentral"

    strings:
        // ProductName = MeshCentral Background Servi
        $product = { 50 00 72 00 6F 00 64 00 75 00 63 00 74 00 4E 00 61 00 6D 00 65 00 00 00 [0-4] 4D 00 65 00 73 00 68 00 43 00 65 00 6E 00 74 00 72 00 61 00 6C 00 20 00 42 00 61 00 63 00 6B 00 67 00 72 00 6F 00 75 00 6E 00 64 00 20 00 53 00 }
        // OriginalFilename = MeshAgent.exe
        $original = { 46 00 69 00 6C 00 65 00 6E 00 61 00 6D 00 65 00 00 00 [0-4] 4D 00 65 00 73 00 68 00 41 00 67 00 65 00 6E 00 74 00 }
        $name1 = "MeshServer" ascii wide
        $name2 = ".msh" ascii wide
        $name3 = "meshagent64-group" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 128MB and
        (all of ($product, $original) or (any of ($product, $original) and 2 of ($name*)))
}
