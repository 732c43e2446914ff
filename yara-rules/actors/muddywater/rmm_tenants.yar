// Atera installers of accounts that MuddyWater opened. Atera itself is ordinary software:
// the account number in the installer's string pool is what marks these.

rule SPOOR_APT_MUDDYWATER_RMM_ATERA_TENANT
{
    meta:
        author = "spoor project"
        description = "Finds Atera installers bound to an account published as MuddyWater's"
        reference = "HarfangLab, \"MuddyWater campaign abusing Atera Agents\", TRR240402, 2024-04"
        date = "2026-11-24"
        modified = "2026-11-24"
        version = 1
        score = 95
        family = "MuddyWater RMM tenants"
        actors = "MuddyWater"
        attack = "T1219,T1566.002"
        severity = "critical"
        carriers = "ole"
        licence = "Apache-2.0"
        specimen = "synthetic:SPOOR_APT_MUDDYWATER_RMM_ATERA_TENANT"

    strings:
        $package = { 84 10 0C 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
        $tenant01 = "COMPANYID001Q3000009snPyIAIACCOUNTID" ascii
        $tenant02 = "COMPANYID001Q3000006FpmoIACACCOUNTID" ascii
        $tenant03 = "COMPANYID001Q3000008IyacIACACCOUNTID" ascii
        $tenant04 = "COMPANYID001Q3000009QoSEIA0ACCOUNTID" ascii
        $tenant05 = "COMPANYID001Q30000023c7iIAAACCOUNTID" ascii
        $tenant06 = "COMPANYID001Q3000008qXbDIAUACCOUNTID" ascii
        $tenant07 = "COMPANYID001Q3000008cfLjIAIACCOUNTID" ascii
        $tenant08 = "COMPANYID001Q3000007hJubIAEACCOUNTID" ascii
        $tenant09 = "COMPANYID001Q3000008ryO3IAIACCOUNTID" ascii
        $tenant10 = "COMPANYID001Q300000A5nnAIARACCOUNTID" ascii
        $tenant11 = "COMPANYID001Q3000008JfioIACACCOUNTID" ascii
        $tenant12 = "COMPANYID001Q300000BeUp3IAFACCOUNTID" ascii
        $tenant13 = "COMPANYID001Q3000005gMamIAEACCOUNTID" ascii
        $login = "mrrobertcornish@gmail.comINTEGRATORLOGINCOMPANYID" ascii

    condition:
        uint32be(0) == 0xD0CF11E0 and uint32be(4) == 0xA1B11AE1 and
        filesize < 64MB and $package and
        ($login or any of ($tenant*))
}
