// ArguePatch: the genuine debug server of a disassembler, patched into a loader.

rule SPOOR_APT_ARGUEPATCH_PATCHED
{
    meta:
        author = "spoor project"
        description = "Finds a patched IDA debug server that loads the ArguePatch payload files"
        reference = "ESET, \"Sandworm uses a new version of ArguePatch to attack targets in Ukraine\", 2022-05"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 60
        family = "ArguePatch"
        actors = "Sandworm"
        attack = "T1574,T1027"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_ARGUEPATCH_PATCHED"

    strings:
        $payload = "pa.pay" ascii wide
        $script = "link.ps1" ascii wide
        $ida1 = "win32_remote" ascii wide
        $ida2 = "Hex-Rays" ascii wide
        $ida3 = "IDA Windows 32-bit remote debug server" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 32MB and
        any of ($payload, $script) and any of ($ida*)
}
