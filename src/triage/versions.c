/* SPDX-License-Identifier: Apache-2.0 */
/* versions.c: the libraries that the worker links, as they are at run time where they can tell, else as they were when it was built. */
#include "triage/versions.h"

#include <archive.h>
#include <gnu/libc-version.h>
#include <libdeflate.h>
#include <libpsl.h>
#include <openssl/crypto.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <tsk/libtsk.h>
#include <unicode/uversion.h>
#include <yaml.h>
#include <yara.h>
#include <zlib.h>

void versions_report(struct reporter *report)
{
	const struct scmp_version *seccomp = seccomp_version();
	char seccomp_text[48] = "unknown";
	if (seccomp)
		snprintf(seccomp_text, sizeof seccomp_text, "%u.%u.%u", seccomp->major, seccomp->minor, seccomp->micro);
	const char *archive = strchr(archive_version_string(), ' ');      /* "libarchive 3.6.2" */
	archive = archive ? archive + 1 : archive_version_string();
	char pcre2[48] = "unknown", icu[U_MAX_VERSION_STRING_LENGTH];
	UVersionInfo icu_version;
	pcre2_config(PCRE2_CONFIG_VERSION, pcre2);      /* at most 24 bytes, by its manual */
	u_getVersion(icu_version);
	u_versionToString(icu_version, icu);
	const struct { const char *name, *version; } library[] = {
		{ "libtsk", tsk_version_get_str() }, { "libyara", YR_VERSION }, { "libarchive", archive }, { "libdeflate", LIBDEFLATE_VERSION_STRING }, { "zlib", zlibVersion() },
		{ "libyaml", yaml_get_version_string() }, { "pcre2", pcre2 }, { "icu", icu }, { "libpsl", psl_get_version() },
		{ "openssl", OpenSSL_version(OPENSSL_VERSION) }, { "libseccomp", seccomp_text }, { "glibc", gnu_get_libc_version() },
	};
	for (size_t i = 0; i < sizeof library / sizeof *library; i++)
		report_note(report, library[i].name, NULL, 0, 0, "%s", library[i].version);
}
