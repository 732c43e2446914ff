// MuddyViper: backdoor that its loader Fooder keeps in memory only: memory images,
// hibernation and page files. Its messages are asked for with the NUL that ends them,
// which a report that quotes them does not have.

rule SPOOR_APT_MUDDYVIPER_MEMORY
{
    meta:
        author = "spoor project"
        description = "Finds the status messages of the MuddyViper backdoor in memory"
        reference = "ESET, \"MuddyWater: Snakes by the riverbank\", 2025-12"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "MuddyViper"
        actors = "MuddyWater"
        attack = "S9032,T1053.005"
        severity = "critical"
        carriers = "memory,pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYVIPER_MEMORY"

    strings:
        $live = /Hi,I am Live -{4,24}[\r\n ]{0,4}\x00/ ascii wide
        $task = /Persist: failed Create task !!!![\r\n ]{0,4}\x00/ ascii wide
        $status = /Agent statusCode I don't have it[\r\n .]{0,4}\x00/ ascii wide
        $download = /Agent does not have an DOWNLOAD file[\r\n .]{0,4}\x00/ ascii wide
        $pipe = /Agent does not have an active pipe[\r\n .]{0,4}\x00/ ascii wide
        $credentials = /\[\+\] creds ~~> Username: ?[\r\n%ls]{0,4}\x00/ ascii wide
        $folder = /\\PPBCompatCache\\ManagerCache[\\]{0,2}\x00/ ascii wide
        $task_name = /ManageOnDriveUpdater\x00/ ascii wide

    condition:
        filesize < 4096MB and
        3 of them
}
