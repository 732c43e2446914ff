// MQsTTang (QMAGENT): backdoor of 2023 on Qt that talks MQTT.

rule SPOOR_APT_MQSTTANG_BACKDOOR
{
    meta:
        author = "spoor project"
        description = "Finds the MQTT library, files and run value of MQsTTang"
        reference = "ESET, \"MQsTTang: Mustang Panda's latest backdoor treads new ground with Qt and MQTT\", 2023-03"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 92
        family = "MQsTTang"
        actors = "Mustang Panda"
        attack = "T1071.005,T1547.001"
        severity = "critical"
        carriers = "pe"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MQSTTANG_BACKDOOR"

    strings:
        $qmqtt = "qmqtt" ascii
        $file1 = "C:\\users\\public\\vdump.exe" ascii wide
        $file2 = "c:\\users\\public\\vcall.exe" ascii wide
        $value = "qvlc" ascii wide
        $host = "3.228.54.173" ascii wide

    condition:
        uint16(0) == 0x5A4D and uint32(uint32(0x3C)) == 0x00004550 and
        filesize < 64MB and
        (($qmqtt and any of ($file*, $value, $host)) or all of ($file*) or ($host and any of ($file*, $value)))
}
