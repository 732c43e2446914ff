// cloudflared. Presence only: the token of the service names the account.

rule SPOOR_RMM_CLOUDFLARED_PROGRAM
{
    meta:
        author = "spoor project"
        description = "Identifies cloudflared programs by their names"
        reference = "LOLRMM, cloudflared"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 40
        family = "cloudflared"
        actors = "many"
        attack = "T1219"
        severity = "low"
        carriers = "pe,elf,macho"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_RMM_CLOUDFLARED_PROGRAM"
        fp = "every computer whose owner uses cloudflared"

    strings:
        $name1 = "github.com/cloudflare/cloudflared" ascii wide
        $name2 = "argotunnel.com" ascii wide
        $name3 = "cloudflared tunnel" ascii wide

    condition:
        (uint16(0) == 0x5A4D or uint32(0) == 0x464C457F or uint32(0) == 0xFEEDFACF) and
        filesize < 128MB and
        (2 of ($name*))
}
