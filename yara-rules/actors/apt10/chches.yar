// ChChes (HAYMAKER): downloader of 2016-2017; the literals are confirmed by one source
// only, hence the ceiling.

rule SPOOR_APT_CHCHES_BINARY
{
    meta:
        author = "spoor project"
        description = "Finds two of the build paths and names of ChChes"
        reference = "JPCERT/CC, \"ChChes - Malware that Communicates with C&C Servers Using Cookie Headers\", 2017-02"
        reference2 = "MITRE ATT&CK S0144"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 74
        family = "ChChes"
        actors = "APT10"
        attack = "S0144,T1071.001"
        severity = "medium"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_CHCHES_BINARY"

    strings:
        $pdb1 = "\\Release\\kugou.pdb" ascii
        $pdb2 = "hydevice.pdb" ascii
        $pdb3 = "\\VM\\WirteBlackSafe_" ascii
        $name = "fengyue0" ascii
        $signer = "HackingTeam S.r.l." ascii

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 8MB and
        2 of them
}
