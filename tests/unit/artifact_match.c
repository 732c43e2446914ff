/* SPDX-License-Identifier: Apache-2.0 */
/* artifact_match.c: paths against the catalogue: tokens, cases, streams, escapes, companions; profiles; and the table of parsers against it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "artifact/artifact.h"

static bool matches_stream(const char *path, const char *stream, unsigned os, const char *id)
{
	uint16_t row[64];
	size_t n = catalogue_match(path, strlen(path), stream, stream ? strlen(stream) : 0, os, row, 64);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(catalogue[row[i]].id, id))
			return true;
	return false;
}

static bool matches(const char *path, const char *id)
{
	return matches_stream(path, NULL, OS_ALL, id);
}

static void paths_of_windows_match_from_the_root(void **state)
{
	(void)state;
	assert_true(matches("/$MFT", "win.mft"));
	assert_true(matches("/%24MFT", "win.mft"));
	assert_false(matches("/x/$MFT", "win.mft"));
	assert_true(matches("/Windows/System32/winevt/Logs/Security.evtx", "win.evtx"));
	assert_true(matches("/WINDOWS/system32/WINEVT/logs/Microsoft-Windows-Sysmon%254Operational.EVTX", "win.evtx"));
	assert_true(matches("/Windows.old/Windows/System32/config/SYSTEM", "win.reg_system"));
	assert_true(matches("/$WINDOWS.~BT/NewOS/Windows/System32/config/SYSTEM.LOG1", "win.reg_system"));
	assert_false(matches("/backup/Windows/System32/config/SYSTEM", "win.reg_system"));
	assert_true(matches("/%24Recycle.Bin/S-1-5-21-1/%24IABCDEF.txt", "win.recyclebin_i"));
	assert_false(matches("/%24Recycle.Bin/S-1-5-21-1/%24RABCDEF.txt", "win.recyclebin_i"));
	assert_false(matches("/%24Recycle.Bin/S-1-5-21-1/x/%24IABCDEF.txt", "win.recyclebin_i"));
	assert_true(matches("/System%20Volume%20Information/%7Bf00%7D%7B3808876b-c176-4e48-b7ae-04046e6cc752%7D", "win.vss"));
}

static void user_tokens_know_old_homes_and_service_accounts(void **state)
{
	(void)state;
	static const char *const home[] = { "/Users/ann", "/Documents%20and%20Settings/ann", "/Windows/System32/config/systemprofile", "/Windows/ServiceProfiles/LocalService", "/Windows.old/Users/ann" };
	char path[200];
	for (size_t i = 0; i < sizeof home / sizeof *home; i++) {
		snprintf(path, sizeof path, "%s/NTUSER.DAT", home[i]);
		assert_true(matches(path, "win.reg_ntuser"));
		snprintf(path, sizeof path, "%s/AppData/Local/Google/Chrome/User%%20Data/Profile%%202/History", home[i]);
		assert_true(matches(path, "br.chrome_history"));
		snprintf(path, sizeof path, "%s/AppData/Roaming/AnyDesk/ad.trace", home[i]);
		assert_true(matches(path, "rmm.anydesk_trace"));
	}
	assert_true(matches("/Documents%20and%20Settings/ann/Local%20Settings/Application%20Data/IconCache.db", "win.iconcache"));
	assert_true(matches("/Program%20Files%20%28x86%29/TeamViewer/Connections_incoming.txt", "rmm.teamviewer_in"));
	assert_true(matches("/Program%20Files/ScreenConnect%20Client%20%280011223344556677%29/x/y.dll", "rmm.screenconnect_client"));
}

static void browsers_on_all_systems(void **state)
{
	(void)state;
	assert_true(matches("/Users/a/AppData/Local/BraveSoftware/Brave-Browser/User%20Data/Local%20State", "br.chrome_prefs"));
	assert_true(matches("/Users/a/Library/Application%20Support/Google/Chrome/Default/Cookies", "br.chrome_cookies"));
	assert_true(matches("/home/a/.config/chromium/Default/Network/Cookies", "br.chrome_cookies"));
	assert_true(matches("/home/a/snap/firefox/common/.mozilla/firefox/x.default/places.sqlite-wal", "br.ff_places"));
	assert_true(matches("/Users/a/AppData/Roaming/Mozilla/Firefox/Profiles/x.default/formhistory.sqlite", "br.ff_form"));
	assert_true(matches("/Users/a/Desktop/Tor%20Browser/Browser/TorBrowser/Data/Browser/profile.default/places.sqlite", "br.ff_places"));
	assert_true(matches("/Users/a/AppData/Roaming/Opera%20Software/Opera%20Stable/History", "br.chrome_history"));
}

static void unix_rows_compare_byte_for_byte(void **state)
{
	(void)state;
	assert_true(matches("/var/log/auth.log.1", "lx.auth"));
	assert_false(matches("/VAR/log/auth.log", "lx.auth"));
	assert_true(matches("/root/.bash_history", "lx.bash"));
	assert_true(matches("/home/ann/.bash_history", "lx.bash"));
	assert_true(matches("/var/lib/postgresql/.bash_history", "lx.bash"));
	assert_false(matches("/home/ann/x/.bash_history", "lx.bash"));
	assert_true(matches("/private/var/db/SystemPolicy", "mc.gatekeeper"));   /* where /var is a link */
	assert_true(matches("/Users/ann/.zsh_history", "mc.shell") && !matches("/Users/ann/.zsh_history", "lx.zsh"));
	assert_true(matches("/home/ann/.zsh_history", "lx.zsh") && !matches("/home/ann/.zsh_history", "mc.shell"));
	assert_true(matches("/etc/systemd/system/x.service", "lx.systemd_unit"));
	assert_false(matches("/etc/systemd", "lx.systemd_unit"));               /* '**' at the end is at least one */
}

static void streams_are_no_components(void **state)
{
	(void)state;
	assert_true(matches_stream("/Users/a/Downloads/x.iso", "Zone.Identifier", OS_ALL, "win.ads_zone"));
	assert_true(matches_stream("/x.iso", "zone.identifier", OS_ALL, "win.ads_zone"));
	assert_false(matches("/x.iso/Zone.Identifier", "win.ads_zone"));
	assert_false(matches("/x.iso/%2FZone.Identifier", "win.ads_zone"));
	assert_false(matches_stream("/x.iso", "Zone.Identifier2", OS_ALL, "win.ads_zone"));
	assert_true(matches_stream("/%24Extend/%24UsnJrnl", "$J", OS_ALL, "win.usnjrnl"));
	assert_true(matches_stream("/%24Extend/%24UsnJrnl", "%24J", OS_ALL, "win.usnjrnl"));
	assert_false(matches("/%24Extend/%24UsnJrnl", "win.usnjrnl"));
	assert_false(matches_stream("/Users/a/mail.eml", "x", OS_ALL, "ml.eml"));
}

static void journals_follow_their_database(void **state)
{
	(void)state;
	assert_true(matches("/Users/a/AppData/Roaming/Mozilla/Firefox/Profiles/x/formhistory.sqlite-wal", "br.ff_form"));
	assert_true(matches("/Users/a/AppData/Roaming/Mozilla/Firefox/Profiles/x/formhistory.sqlite-journal", "br.ff_form"));
	assert_false(matches("/Users/a/AppData/Roaming/Mozilla/Firefox/Profiles/x/formhistory.sqlite-other", "br.ff_form"));
}

static void case_folds_beyond_ascii_without_harm(void **state)
{
	(void)state;
	assert_true(matches("/Users/%C3%84NN/NTUSER.DAT", "win.reg_ntuser"));
	assert_true(matches("/Users/\xc3\x84nn/NTUSER.DAT", "win.reg_ntuser"));
	assert_true(matches("/Users/\xff\xfe/ntuser.dat", "win.reg_ntuser"));
	assert_true(matches("/Users/%zz%/ntuser.dat", "win.reg_ntuser"));        /* broken escapes stay */
}

static void os_bits_choose_rows(void **state)
{
	(void)state;
	assert_false(matches_stream("/Windows/Prefetch/A.pf", NULL, OS_LINUX | OS_APP, "win.prefetch"));
	assert_true(matches_stream("/Windows/Prefetch/A.pf", NULL, OS_WINDOWS, "win.prefetch"));
	assert_false(matches_stream("/var/log/auth.log", NULL, OS_WINDOWS | OS_APP | OS_ANY, "lx.auth"));
}

static void answer_is_sorted_and_bounded(void **state)
{
	(void)state;
	static const char path[] = "/etc/ssh/sshd_config";
	uint16_t row[64], few[2];
	size_t n = catalogue_match(path, sizeof path - 1, NULL, 0, OS_ALL, row, 64);
	assert_true(n >= 2);
	for (size_t i = 1; i < n; i++)
		assert_true(row[i - 1] < row[i]);
	assert_int_equal(catalogue_match(path, sizeof path - 1, NULL, 0, OS_ALL, few, 2), 2);
	assert_memory_equal(few, row, sizeof few);
	assert_int_equal(catalogue_match(path, sizeof path - 1, NULL, 0, OS_ALL, NULL, 0), 0);
}

static void deep_long_and_empty_paths(void **state)
{
	(void)state;
	uint16_t row[8];
	struct buffer b = { 0 };
	assert_int_equal(catalogue_match("", 0, NULL, 0, OS_ALL, row, 8), 0);
	assert_int_equal(catalogue_match("////", 4, NULL, 0, OS_ALL, row, 8), 0);
	for (int i = 0; i < 20000; i++)
		buffer_text(&b, "/a");
	buffer_text(&b, "/mail.eml");
	assert_int_equal(catalogue_match((const char *)b.data, b.length, NULL, 0, OS_ALL, row, 8), 1);
	assert_string_equal(catalogue[row[0]].id, "ml.eml");
	buffer_clear(&b);
	buffer_byte(&b, '/');
	for (int i = 0; i < 100000; i++)
		buffer_text(&b, "%C3%84");
	(void)catalogue_match((const char *)b.data, b.length, (const char *)b.data, b.length, OS_ALL, row, 8);
	buffer_free(&b);
}

static void profiles_name_systems_categories_and_rows(void **state)
{
	(void)state;
	struct profile p;
	assert_true(profile_parse("windows", &p));
	assert_int_equal(p.os, OS_WINDOWS | OS_APP | OS_ANY);
	unsigned windows = 0, eventlog = 0;
	for (size_t i = 0; catalogue[i].id; i++) {
		bool in = p.rows[i / 64] >> (i % 64) & 1;
		bool want = catalogue[i].paths[0] && strcmp(catalogue[i].os, "linux") && strcmp(catalogue[i].os, "macos");
		assert_int_equal(in, want);
		windows += in;
	}
	assert_true(windows > 250);
	assert_true(profile_parse("all", &p) && p.all && p.os == OS_ALL);
	assert_true(profile_parse("eventlog,win.mft", &p) && !p.all);
	for (size_t i = 0; catalogue[i].id; i++)
		eventlog += p.rows[i / 64] >> (i % 64) & 1;
	assert_int_equal(eventlog, 4);
	assert_false(profile_parse("", &p));
	assert_false(profile_parse("windows,", &p));
	assert_false(profile_parse("nonsense", &p));
	assert_false(profile_parse("window", &p));
}

static void every_parser_has_its_row(void **state)
{
	(void)state;
	for (size_t i = 0; artifact_parsers[i]; i++) {
		const struct artifact_parser *a = artifact_parsers[i];
		bool found = false;
		for (size_t k = 0; catalogue[k].id; k++)
			found |= !strcmp(catalogue[k].id, a->id);
		assert_true(found);
		assert_true(a->parse && a->about[0] && a->events[0]);
		assert_int_equal(strspn(a->events, "abcdefghijklmnopqrstuvwxyz0123456789_,"), strlen(a->events));
		assert_ptr_equal(artifact_by_id(a->id, strlen(a->id)), a);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(artifact_parsers[k]->id, a->id);
	}
	assert_null(artifact_by_id("win", 3));
}

static void written_globs_have_no_tokens_left(void **state)
{
	(void)state;
	size_t rows = 0;
	for (; catalogue[rows].id; rows++) {
		assert_null(strstr(catalogue[rows].paths, "%U%"));
		assert_null(strchr(catalogue[rows].paths, '%'));
		assert_null(strstr(catalogue[rows].paths, "reg:"));
	}
	assert_int_equal(rows, 543);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_of_windows_match_from_the_root), cmocka_unit_test(user_tokens_know_old_homes_and_service_accounts),
		cmocka_unit_test(browsers_on_all_systems), cmocka_unit_test(unix_rows_compare_byte_for_byte), cmocka_unit_test(streams_are_no_components),
		cmocka_unit_test(journals_follow_their_database), cmocka_unit_test(case_folds_beyond_ascii_without_harm), cmocka_unit_test(os_bits_choose_rows),
		cmocka_unit_test(answer_is_sorted_and_bounded), cmocka_unit_test(deep_long_and_empty_paths), cmocka_unit_test(profiles_name_systems_categories_and_rows),
		cmocka_unit_test(every_parser_has_its_row), cmocka_unit_test(written_globs_have_no_tokens_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
