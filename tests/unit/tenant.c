/* SPDX-License-Identifier: Apache-2.0 */
/* tenant.c, base/setting.c: values of settings in all the ways that files write them; every row of the table is one of the table of remote tools. Packages: tests/cli/remote-tools.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/setting.h"
#include "correlate/remote_tools.h"
#include "detect/tenant.h"

static struct buffer lines;
static struct arena arena;

static const char *found(const char *name, const char *path, const char *text)
{
	struct node n = { .name = { (const uint8_t *)name, strlen(name) }, .path = { (const uint8_t *)path, strlen(path) } };
	struct buffer out = { 0 };
	buffer_clear(&lines);
	tenant_find(&n, "text", (const uint8_t *)text, strlen(text), &arena, &out);
	for (size_t at = 0, size; (size = record_frame_length(out.data + at, out.length - at)) > 0; at += size) {
		struct record_view v;
		const char *wrong = record_view_open(&v, out.data + at, size);
		if (wrong)
			fail_msg("%s", wrong);
		record_to_json(&lines, &v);
	}
	buffer_free(&out);
	arena_reset(&arena);
	return buffer_string(&lines);
}

static void assert_holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no %s in %s", part, text);
}

static void tenant_in_settings_of_each_kind(void **state)
{
	(void)state;
	assert_holds(found("MeshAgent.msh", "/Program%20Files/Mesh%20Agent/MeshAgent.msh", "MeshName=hosts\r\nMeshServer=wss://evil.example:443/agent.ashx\r\nServerID=00FF\r\n"),
	             "\"data\":{\"MeshServer\":\"wss://evil.example:443/agent.ashx\",\"ServerID\":\"00FF\",\"MeshName\":\"hosts\"}");
	assert_holds(found("serviceconfig.xml", "/ProgramData/JWrapper-Remote%20Access/JWAppsSharedConfig/serviceconfig.xml", "<a><ConnectTo>http://203.0.113.5:80</ConnectTo></a>"), "\"ConnectTo\":\"http://203.0.113.5:80\"");
	assert_holds(found("config.json", "/ProgramData/Netbird/config.json", "{\"ManagementURL\": \"https://api.evil.example:443\"}"), "\"ManagementURL\":\"https://api.evil.example:443\"");
	assert_holds(found("client.config.yaml", "/x/client.config.yaml", "Client:\n  server_urls:\n  - https://evil.example:8000/\n  nonce: a\n"), "\"server_urls\":\"https://evil.example:8000/\"");
	assert_holds(found("ServerConfig.xml", "/Program%20Files%20(x86)/N-able%20Technologies/Windows%20Agent/config/ServerConfig.xml", "<ServerIP>evil.example</ServerIP>"), "\"ServerIP\":\"evil.example\"");
	assert_holds(found("RustDesk2.toml", "/Users/a/AppData/Roaming/RustDesk/config/RustDesk2.toml", "rendezvous_server = 'evil.example:21116'\n\n[options]\ncustom-rendezvous-server = 'evil.example'\nrelay-server = ''\n"),
	             "\"data\":{\"custom-rendezvous-server\":\"evil.example\",\"rendezvous_server\":\"evil.example:21116\"}");
	assert_holds(found("client32.ini", "/ProgramData/x/client32.ini", "[HTTP]\r\nCMPI=60\r\nGatewayAddress=evil.example:443\r\nGSK=x\r\n"), "\"GatewayAddress\":\"evil.example:443\"");
	assert_holds(found("NSM.LIC", "/ProgramData/x/NSM.LIC", "[[Enforce]]\r\n[_License]\r\nlicensee=EXAMPLE\r\n"), "\"licensee\":\"EXAMPLE\"");
	assert_holds(found("LogFile.log", "/ProgramData/ZohoMeeting/log/LogFile.log", "{\"client_details\":{\"zsoid\":\"4711\",\"emailId\":\"a@evil.example\"}}"), "\"data\":{\"zsoid\":\"4711\",\"emailId\":\"a@evil.example\"}");
	assert_holds(found("enrollment_config.ini", "/Program%20Files%20(x86)/ITarian/Endpoint%20Manager/enrollment_config.ini", "[General]\nhost=evil.cmdm.comodo.com\nport=443\n"), "\"host\":\"evil.cmdm.comodo.com\"");
	assert_holds(found("host.json", "/ProgramData/Google/Chrome%20Remote%20Desktop/host.json", "{\"host_id\":\"1\",\"host_owner\":\"a@gmail.com\"}"), "\"host_owner\":\"a@gmail.com\"");
	assert_holds(found("code_tunnel.json", "/Users/a/.vscode/cli/code_tunnel.json", "{\"name\":\"boxname\",\"id\":\"x\",\"cluster\":\"eun1\"}"), "\"name\":\"boxname\"");
	assert_string_equal(found("LogFile.log", "/ProgramData/other/LogFile.log", "{\"zsoid\":\"4711\"}"), "");
	assert_string_equal(found("config.json", "/home/a/config.json", "{\"ManagementURL\": \"https://x\"}"), "");
	assert_string_equal(found("MeshAgent.msh", "/x", "MeshServer=\r\n"), "");
}

static void setting_ends_and_goes_on(void **state)
{
	static const char text[] = "a --key one xkey=no key: \"two words\" key=three&key=four";
	const char *value;
	size_t at = 0, length;
	(void)state;
	assert_true(setting_next(text, sizeof text - 1, &at, "--key", 5, &value, &length));
	assert_int_equal(length, 3);
	assert_memory_equal(value, "one", 3);
	assert_false(setting_next(text, sizeof text - 1, &at, "--key", 5, &value, &length));
	static const char *const wanted[] = { "two words", "three", "four" };
	at = 0;
	for (size_t i = 0; i < 3; i++) {
		assert_true(setting_next(text, sizeof text - 1, &at, "key", 3, &value, &length));
		assert_int_equal(length, strlen(wanted[i]));
		assert_memory_equal(value, wanted[i], length);
	}
	assert_false(setting_next(text, sizeof text - 1, &at, "key", 3, &value, &length));
}

static bool listed(const char *list, const char *name, size_t length)
{
	for (; *list; list += strcspn(list, ";"), list += *list == ';')
		if (strcspn(list, ";") == length && text_equal_nocase(list, length, name, length))
			return true;
	return false;
}

static void tenant_rows_are_of_known_tools(void **state)
{
	static const struct { const char *tool, *names; bool package; } rows[] = {
#define SETTINGS(file, path, tool, names) { tool, names, false },
#define PACKAGE(property, tool) { tool, property, true },
#include "detect/tenant.def"
#undef SETTINGS
#undef PACKAGE
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct remote_tool *t = remote_tools;
		while (t->name && strcmp(t->name, rows[i].tool))
			t++;
		if (!t->name)
			fail_msg("no such tool: %s", rows[i].tool);
		for (const char *name = rows[i].names; *name; name += strcspn(name, ";"), name += *name == ';')
			if (!listed(t->tenant, name, strcspn(name, ";")))
				fail_msg("%s is no tenant's name of %s", name, t->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(tenant_in_settings_of_each_kind), cmocka_unit_test(setting_ends_and_goes_on), cmocka_unit_test(tenant_rows_are_of_known_tools) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
