// Fooder: loader of 2024-2025 that hides behind a console game and decrypts MuddyViper
// in memory. Its AES key text lies in the file with 6 taken from every byte.

rule SPOOR_APT_FOODER_LOADER
{
    meta:
        author = "spoor project"
        description = "Finds the build paths or the shifted key text of the Fooder loader"
        reference = "ESET, \"MuddyWater: Snakes by the riverbank\", 2025-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "Fooder"
        actors = "MuddyWater"
        attack = "S9033,T1620,T1027.013"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_FOODER_LOADER"

    strings:
        $pdb1 = "C:\\Users\\win\\Desktop\\Fooder\\Debug\\Launcher.pdb" ascii
        $pdb2 = "\\My_Project\\Fooder\\x64\\Debug\\Launcher.pdb" ascii
        // first and last 32 characters of the stored key
        $key_head = "03030312,*/++,2+2*+1+,-.+*01+++." ascii
        $key_tail = "+0+---,+-3.3./+-2/+*21,,30+*0..0" ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        any of them
}
