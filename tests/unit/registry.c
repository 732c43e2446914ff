/* SPDX-License-Identifier: Apache-2.0 */
/* registry.c: decoders of registry artefacts on bytes made here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/hash.h"
#include "tests/unit/hive_builder.h"
#include "tests/unit/parse_harness.h"

#include "artifact/windows/registry_decoders.h"

#define T UINT64_C(131117098656180000)          /* 2016-06-29T21:37:45.618 */
#define T_TEXT "2016-06-29T21:37:45.618000000Z"
#define SYSTEM "ControlSet001\\"
#define EXPLORER "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\"

static struct parsed parse_at(const char *path, const char *leaf, const uint32_t *value, size_t values, struct hive_builder *h)
{
	struct parsed d;
	struct node n = { .kind = NODE_FILE, .name = node_text_of("NTUSER.DAT"), .path = node_text_of("/Users/ann/NTUSER.DAT") };
	uint32_t key = hive_key(h, leaf, T, value, values, NULL, 0);
	if (*path)
		key = hive_path(h, path, T, key);
	struct buffer f = hive_finish(h, &key, 1);
	assert_true(parsed_run(&d, "win.reg_ntuser", &n, f.data, f.length, true));
	buffer_free(&f);
	return d;
}

static struct parsed parse_value(const char *path, const char *leaf, const char *name, uint32_t type, const void *data, size_t length)
{
	struct hive_builder h = { 0 };
	uint32_t value = hive_value(&h, name, type, data, length);
	return parse_at(path, leaf, &value, 1, &h);
}

static void wide(struct buffer *b, const char *ascii)
{
	for (; *ascii; ascii++)
		buffer_u16le(b, (uint8_t)*ascii);
}

static void every_key_gives_its_time(void **state)
{
	(void)state;
	struct hive_builder h = { 0 };
	struct parsed d = parse_at("Software\\Odd\nName", "leaf", NULL, 0, &h);
	assert_int_equal(d.events, 4);
	assert_int_equal(said(&d, "\"kind\":\"reg_key_written\""), 4);
	assert_true(says(&d, "{\"time\":\"" T_TEXT "\",\"type\":\"event\",\"precision\":\"100ns\",\"timestamp_desc\":\"Content Modification Time\",\"kind\":\"reg_key_written\""));
	assert_true(says(&d, "\"message\":\"HKCU\\\\Software\\\\Odd\\nName\\\\leaf\""));
	assert_true(says(&d, "\"user\":\"ann\""));
	assert_true(says(&d, "\"artifact\":\"reg.key\""));
	parsed_free(&d);
}

static void run_keys_are_autostarts_also_of_32_bit_programs(void **state)
{
	(void)state;
	struct hive_builder h = { 0 };
	uint32_t value[2] = { hive_text(&h, "Updater", "C:\\x.exe -q"), hive_value(&h, "b", REGF_BINARY, "\1\2\3\4\5", 5) };
	struct parsed d = parse_at("Software\\Microsoft\\Windows\\CurrentVersion", "Run", value, 2, &h);
	assert_int_equal(said(&d, "\"artifact\":\"reg.run.07\""), 2);
	assert_true(says(&d, "\"message\":\"autostart entry: Updater = C:\\\\x.exe -q\""));
	assert_true(says(&d, "\"name\":\"Updater\",\"value\":\"C:\\\\x.exe -q\",\"values_of_key\":2"));
	assert_true(says(&d, "\"attack\":\"T1547.001\""));
	parsed_free(&d);
	h = (struct hive_builder){ 0 };
	value[0] = hive_text(&h, "Updater", "C:\\x.exe -q");
	d = parse_at("Software\\wow6432node\\Microsoft\\Windows\\CurrentVersion", "RUN", value, 1, &h);
	assert_int_equal(said(&d, "\"artifact\":\"reg.run.07\""), 1);
	parsed_free(&d);
}

static void text_behind_a_nul_is_shown_and_passwords_are_not(void **state)
{
	(void)state;
	struct parsed d = parse_value("Software\\Microsoft\\Windows\\CurrentVersion", "Run", "x", REGF_SZ, "a\0\0\0b\0", 6);
	assert_true(says(&d, "\"value\":\"a\",\"value.behind_nul\":\"00006200\""));
	parsed_free(&d);
	struct hive_builder h = { 0 };
	uint32_t value[2] = { hive_text(&h, "DefaultUserName", "ann"), hive_text(&h, "DefaultPassword", "geheim") };
	uint32_t winlogon = hive_key(&h, "Winlogon", T, value, 2, NULL, 0), key = hive_path(&h, "Microsoft\\Windows NT\\CurrentVersion", T, winlogon);
	struct buffer f = hive_finish(&h, &key, 1);
	struct node n = { .kind = NODE_FILE, .name = node_text_of("SOFTWARE") };
	assert_true(parsed_run(&d, "win.reg_software", &n, f.data, f.length, false));
	assert_int_equal(said(&d, "\"artifact\":\"reg.winlogon.auto\""), 1);
	assert_true(says(&d, "\"DefaultPassword\":\"not shown\""));
	assert_false(says(&d, "geheim"));
	parsed_free(&d);
	buffer_free(&f);
}

static void userassist_5_names_program_count_and_time(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	buffer_u32le(&b, 0);
	buffer_u32le(&b, 7);
	buffer_u32le(&b, 9);
	buffer_u32le(&b, 60000);
	while (b.length < 60)
		buffer_byte(&b, 0);
	buffer_u64le(&b, T);
	buffer_u32le(&b, 0);
	/* {1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\cmd.exe */
	struct parsed d = parse_value(EXPLORER "UserAssist\\{CEBFF5CD-ACE2-4F4F-9178-9926F41749EA}", "Count", "{1NP14R77-02R7-4R5Q-O744-2RO1NR5198O7}\\pzq.rkr", REGF_BINARY, b.data, b.length);
	assert_int_equal(said(&d, "\"artifact\":\"reg.userassist\""), 1);
	assert_true(says(&d, "\"timestamp_desc\":\"Last Time Executed\""));
	assert_true(says(&d, "\"program\":\"System32\\\\cmd.exe\""));
	assert_true(says(&d, "\"run_count\":7,\"focus_count\":9,\"focus_ms\":60000"));
	parsed_free(&d);
	buffer_free(&b);
}

static void userassist_3_counts_from_five(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	buffer_u32le(&b, 1);
	buffer_u32le(&b, 8);
	buffer_u64le(&b, T);
	struct parsed d = parse_value(EXPLORER "UserAssist\\{75048700-EF1F-11D0-9888-006097DEACF9}", "Count", "HRZR_EHACNGU:P:\\n.rkr", REGF_BINARY, b.data, b.length);
	assert_true(says(&d, "\"program\":\"UEME_RUNPATH:C:\\\\a.exe\""));
	assert_true(says(&d, "\"run_count\":3,\"run_count_stored\":8"));
	parsed_free(&d);
	buffer_free(&b);
}

static void bam_gives_the_last_run(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	buffer_u64le(&b, T);
	buffer_u64le(&b, 0);
	buffer_u64le(&b, 0);
	struct parsed d = parse_value(SYSTEM "Services\\bam\\State\\UserSettings", "S-1-5-21-1-2-3-1001", "\\Device\\HarddiskVolume2\\a.exe", REGF_BINARY, b.data, b.length);
	assert_int_equal(said(&d, "\"artifact\":\"reg.bam\""), 1);
	assert_true(says(&d, "\"program\":\"\\\\Device\\\\HarddiskVolume2\\\\a.exe\",\"sid\":\"S-1-5-21-1-2-3-1001\""));
	parsed_free(&d);
	buffer_free(&b);
}

static void shim_entry(struct buffer *b, const char *path, uint32_t flag)
{
	struct buffer e = { 0 };
	buffer_u16le(&e, (uint16_t)(2 * strlen(path)));
	wide(&e, path);
	buffer_u64le(&e, T);
	buffer_u32le(&e, 4);
	buffer_u32le(&e, flag);
	buffer_text(b, "10ts");
	buffer_u32le(b, hash_crc32(0, e.data, e.length));
	buffer_u32le(b, (uint32_t)e.length);
	buffer_append(b, e.data, e.length);
	buffer_free(&e);
}

static void shimcache_10_says_what_ran_and_finds_stale_entries(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	buffer_u32le(&b, 0x34);
	while (b.length < 0x34)
		buffer_byte(&b, 0);
	shim_entry(&b, "C:\\a.exe", 1);
	shim_entry(&b, "C:\\b.exe", 0);
	buffer_text(&b, "junk");
	shim_entry(&b, "C:\\old.exe", 0);
	struct parsed d = parse_value(SYSTEM "Control\\Session Manager", "AppCompatCache", "AppCompatCache", REGF_BINARY, b.data, b.length);
	assert_int_equal(said(&d, "\"artifact\":\"reg.shimcache\""), 3);
	assert_true(says(&d, "\"program\":\"C:\\\\a.exe\",\"position\":0,\"version\":\"10 1703\",\"executed\":true"));
	assert_true(says(&d, "\"program\":\"C:\\\\b.exe\",\"position\":1,\"version\":\"10 1703\",\"executed\":false}"));
	assert_true(says(&d, "\"program\":\"C:\\\\old.exe\",\"position\":2,\"version\":\"10 1703\",\"executed\":false,\"stale\":true"));
	assert_int_equal(said(&d, "\"timestamp_desc\":\"File Last Modification Time\""), 3);
	assert_int_equal(d.errors, 0);
	parsed_free(&d);
	/* the last entry cut: told, the others stay */
	b.length -= 6;
	d = parse_value(SYSTEM "Control\\Session Manager", "AppCompatCache", "AppCompatCache", REGF_BINARY, b.data, b.length);
	assert_int_equal(said(&d, "\"artifact\":\"reg.shimcache\""), 2);
	parsed_free(&d);
	buffer_free(&b);
}

static void lists_are_told_in_their_order(void **state)
{
	(void)state;
	struct hive_builder h = { 0 };
	uint32_t value[3] = { hive_text(&h, "a", "cmd\\1"), hive_text(&h, "b", "powershell -enc x\\1"), hive_text(&h, "MRUList", "ba") };
	struct parsed d = parse_at("Software\\Microsoft\\Windows\\CurrentVersion\\Explorer", "RunMRU", value, 3, &h);
	assert_int_equal(said(&d, "\"artifact\":\"reg.runmru\""), 1);
	assert_true(says(&d, "\"entries\":[\"powershell -enc x\",\"cmd\"]"));
	assert_true(says(&d, "\"message\":\"Run box command: powershell -enc x (newest of 2)\""));
	parsed_free(&d);
	struct buffer b = { 0 };
	h = (struct hive_builder){ 0 };
	wide(&b, "one.docx");
	buffer_u16le(&b, 0);
	value[0] = hive_value(&h, "0", REGF_BINARY, b.data, b.length);
	value[1] = hive_value(&h, "12", REGF_BINARY, "t\0w\0o\0\0\0", 8);
	value[2] = hive_value(&h, "MRUListEx", REGF_BINARY, "\x0C\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF", 12);
	d = parse_at("Software\\Microsoft\\Windows\\CurrentVersion\\Explorer", "RecentDocs", value, 3, &h);
	assert_true(says(&d, "\"entries\":[\"two\",\"one.docx\"]"));
	parsed_free(&d);
	buffer_free(&b);
}

/* A folder as Windows 10 writes it. */
static void folder_item(struct buffer *b, const char *name)
{
	struct buffer e = { 0 };
	buffer_u16le(&e, 0);
	buffer_u16le(&e, 9);
	buffer_u32le(&e, 0xBEEF0004);
	buffer_u32le(&e, 0x6B2A48DD);           /* created */
	buffer_u32le(&e, 0x6B2A48DD);
	buffer_u16le(&e, 0x2E);
	buffer_u16le(&e, 0);
	buffer_u64le(&e, UINT64_C(0x0003000000001234));
	buffer_u64le(&e, 0);
	buffer_u16le(&e, 0);
	buffer_u32le(&e, 0);
	buffer_u32le(&e, 0);
	wide(&e, name);
	buffer_u16le(&e, 0);
	buffer_u16le(&e, 0x16);
	e.data[0] = (uint8_t)e.length;
	size_t start = b->length;
	buffer_u16le(b, (uint16_t)(0x16 + e.length));
	buffer_byte(b, 0x31);
	buffer_byte(b, 0);
	buffer_u32le(b, 0);
	buffer_u32le(b, 0x6B2A48DD);
	buffer_u16le(b, 0x10);
	buffer_append(b, "SHORT~1\0", 8);
	assert_int_equal(b->length - start, 0x16);
	buffer_append(b, e.data, e.length);
	buffer_u16le(b, 0);
	buffer_free(&e);
}

static void shell_bags_join_their_folders(void **state)
{
	(void)state;
	struct hive_builder h = { 0 };
	struct buffer root = { 0 }, inner = { 0 };
	folder_item(&root, "Projects");
	folder_item(&inner, "Secret plans");
	uint32_t inner_value[2] = { hive_value(&h, "0", REGF_BINARY, inner.data, inner.length), hive_value(&h, "MRUListEx", REGF_BINARY, "\0\0\0\0\xFF\xFF\xFF\xFF", 8) };
	uint32_t inner_key = hive_key(&h, "0", T, inner_value, 2, NULL, 0);
	uint32_t root_value[2] = { hive_value(&h, "0", REGF_BINARY, root.data, root.length), hive_value(&h, "MRUListEx", REGF_BINARY, "\0\0\0\0\xFF\xFF\xFF\xFF", 8) };
	uint32_t bags = hive_key(&h, "BagMRU", T, root_value, 2, &inner_key, 1), key = hive_path(&h, "Software\\Microsoft\\Windows\\Shell", T, bags);
	struct buffer f = hive_finish(&h, &key, 1);
	struct parsed d;
	struct node n = { .kind = NODE_FILE };
	assert_true(parsed_run(&d, "win.reg_ntuser", &n, f.data, f.length, true));
	assert_true(says(&d, "\"entries\":[\"Projects\"]"));
	assert_true(says(&d, "\"entries\":[\"Projects\\\\Secret plans\"]"));
	assert_true(says(&d, "\"mft_entry\":4660,\"mft_sequence\":3"));
	assert_true(says(&d, "\"kind\":\"shell_item\""));
	assert_true(says(&d, "{\"time\":\"2016-06-29T13:25:20.000000000Z\""));
	parsed_free(&d);
	buffer_free(&f);
	buffer_free(&root);
	buffer_free(&inner);
}

static void office_lists_and_trust_have_times_of_their_own(void **state)
{
	(void)state;
	struct hive_builder h = { 0 };
	uint32_t value = hive_text(&h, "Item 1", "[F00000000][T01D1D2504C2F4A80][O00000000]*C:\\a.docm");
	struct parsed d = parse_at("Software\\Microsoft\\Office\\16.0\\Word", "File MRU", &value, 1, &h);
	assert_true(says(&d, "\"document\":\"C:\\\\a.docm\""));
	assert_int_equal(said(&d, "\"timestamp_desc\":\"Last Access Time\""), 1);
	parsed_free(&d);
	struct buffer b = { 0 };
	buffer_u64le(&b, T);
	buffer_u64le(&b, 0);
	buffer_u32le(&b, 24453937);             /* 2016-06-29T21:37 */
	buffer_u32le(&b, 0x7FFFFFFF);
	d = parse_value("Software\\Microsoft\\Office\\16.0\\Word\\Security\\Trusted Documents", "TrustRecords", "%USERPROFILE%/a.docm", REGF_BINARY, b.data, b.length);
	assert_int_equal(said(&d, "\"artifact\":\"reg.office.trust\""), 2);
	assert_true(says(&d, "{\"time\":\"2016-06-29T21:37:00.000000000Z\",\"type\":\"event\",\"precision\":\"min\""));
	assert_true(says(&d, "(macros enabled)"));
	parsed_free(&d);
	buffer_free(&b);
}

static void accounts_tell_log_in_and_another_rid(void **state)
{
	(void)state;
	struct buffer f = { 0 }, v = { 0 };
	for (size_t i = 0; i < 80; i++)
		buffer_byte(&f, 0);
	memcpy(f.data + 8, &(uint64_t){ T }, 8);
	memcpy(f.data + 32, &(uint64_t){ UINT64_C(0x7FFFFFFFFFFFFFFF) }, 8);
	f.data[48] = 0xF4, f.data[49] = 1;      /* 500 */
	f.data[56] = 0x11;
	f.data[66] = 9;
	for (size_t i = 0; i < 0xCC; i++)
		buffer_byte(&v, 0);
	v.data[16] = 6;                         /* descriptor 1: 6 bytes at 0 */
	wide(&v, "ann");
	struct hive_builder h = { 0 };
	uint32_t value[2] = { hive_value(&h, "F", REGF_BINARY, f.data, f.length), hive_value(&h, "V", REGF_BINARY, v.data, v.length) };
	struct parsed d = parse_at("SAM\\Domains\\Account\\Users", "000003E9", value, 2, &h);
	assert_int_equal(said(&d, "\"artifact\":\"reg.sam.users\""), 2);
	assert_int_equal(said(&d, "\"timestamp_desc\":\"Last Login Time\""), 1);
	assert_true(says(&d, "\"account\":\"ann\",\"rid\":1001,\"rid_stored\":500,\"rid_mismatch\":true"));
	assert_true(says(&d, "\"account_flags\":[\"disabled\",\"normal\"]"));
	parsed_free(&d);
	buffer_free(&f);
	buffer_free(&v);
}

static void devices_were_attached_and_removed(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	buffer_u64le(&b, T);
	struct parsed d = parse_value(SYSTEM "Enum\\USBSTOR\\Disk&Ven_X\\123&0\\Properties\\{83da6326-97a6-4088-9453-a1923f573b29}", "0067", "", 0xFFFF0010, b.data, 8);
	assert_true(says(&d, "\"timestamp_desc\":\"Last Removal Time\""));
	assert_true(says(&d, "\"device\":\"USBSTOR\\\\Disk&Ven_X\\\\123&0\""));
	parsed_free(&d);
	buffer_free(&b);
}

static void counted(struct buffer *b, const char *ascii)
{
	buffer_u32le(b, (uint32_t)(2 * strlen(ascii)));
	wide(b, ascii);
}

static void tasks_tell_command_and_runs(void **state)
{
	(void)state;
	struct buffer a = { 0 }, i = { 0 };
	buffer_u16le(&a, 3);
	counted(&a, "Author");
	buffer_u16le(&a, 0x6666);
	counted(&a, "");
	counted(&a, "cmd.exe");
	counted(&a, "/c whoami");
	counted(&a, "");
	buffer_u16le(&a, 0);
	buffer_u32le(&i, 3);
	buffer_u64le(&i, T);
	buffer_u64le(&i, T + 10000000);
	buffer_u32le(&i, 4);
	buffer_u32le(&i, 0);
	buffer_u64le(&i, 0);
	struct hive_builder h = { 0 };
	uint32_t value[3] = { hive_value(&h, "Actions", REGF_BINARY, a.data, a.length), hive_value(&h, "DynamicInfo", REGF_BINARY, i.data, i.length), hive_text(&h, "Path", "\\Evil") };
	uint32_t task = hive_key(&h, "{11111111-2222-3333-4444-555555555555}", T, value, 3, NULL, 0), key = hive_path(&h, "Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache\\Tasks", T, task);
	struct buffer f = hive_finish(&h, &key, 1);
	struct parsed d;
	struct node n = { .kind = NODE_FILE };
	assert_true(parsed_run(&d, "win.reg_software", &n, f.data, f.length, true));
	assert_int_equal(said(&d, "\"artifact\":\"reg.taskcache.tasks\""), 3);
	assert_true(says(&d, "\"actions\":[{\"command\":\"cmd.exe\",\"arguments\":\"/c whoami\"}]"));
	assert_true(says(&d, "scheduled task: \\\\Evil started: cmd.exe /c whoami"));
	parsed_free(&d);
	buffer_free(&f);
	buffer_free(&a);
	buffer_free(&i);
}

static void remote_management_names_its_relay(void **state)
{
	(void)state;
	struct hive_builder h = { 0 };
	uint32_t value = hive_text(&h, "ImagePath", "\"C:\\ScreenConnect.ClientService.exe\" \"?e=Access&y=Guest&h=relay.example.net&p=443&s=0a1b&k=BgIAAA%3d&c=acme\"");
	struct parsed d = parse_at(SYSTEM "Services", "ScreenConnect Client (0123456789abcdef)", &value, 1, &h);
	assert_true(says(&d, "\"relay\":\"relay.example.net\",\"port\":\"443\",\"session\":\"0a1b\",\"key\":\"BgIAAA%3d\",\"custom\":\"acme\""));
	parsed_free(&d);
}

static void damaged_values_of_every_decoder_are_survived(void **state)
{
	(void)state;
	/* each row's first path with one value of any bytes, of all lengths up to 80 */
	static const char alphabet[] = "0123456789";
	for (const struct registry_row *row = registry_rows; row->id; row++) {
		char path[400];
		size_t n = strcspn(row->keys, ";"), at = 0;
		for (size_t i = 0; i < n && at < sizeof path - 4; i++)
			path[at++] = row->keys[i] == '*' ? alphabet[i % 10] : row->keys[i];
		path[at] = 0;
		char *slash = strrchr(path, '\\');
		for (size_t length = 0; length <= 80; length += 20) {
			uint8_t bytes[80];
			for (size_t i = 0; i < sizeof bytes; i++)
				bytes[i] = (uint8_t)(i * 37 + length);
			struct hive_builder h = { 0 };
			static const char *const name[] = { "F", "V", "C", "DynamicInfo", "Actions", "AppCompatCache", "0", "MRUListEx", "", "url1", "ImagePath", "Id" };
			uint32_t value[sizeof name / sizeof *name];
			for (size_t i = 0; i < sizeof name / sizeof *name; i++)
				value[i] = hive_value(&h, name[i], (uint32_t)(i % 2 ? REGF_BINARY : REGF_SZ), bytes, length);
			char *leaf = slash ? slash + 1 : path;
			if (slash)
				*slash = 0;
			struct parsed d = parse_at(slash ? path : "", leaf, value, sizeof name / sizeof *name, &h);
			parsed_free(&d);
			if (slash)
				*slash = '\\';
		}
	}
}

static void bytes_are_shown_as_the_text_that_they_hold(void **state)
{
	(void)state;
	struct parsed d = parse_value("Software\\7-Zip", "FM", "FolderHistory", REGF_BINARY, "C\0:\0\\\0\0\0D\0:\0\\\0\0", 16);
	assert_true(says(&d, "\"FolderHistory\":[\"C:\\\\\",\"D:\\\\\"]"));
	parsed_free(&d);
	d = parse_value("Software\\Microsoft\\Office\\16.0\\Outlook\\Profiles\\Outlook", "1", "001f6700", REGF_BINARY, "C\0:\0\\\0a\0\0\0", 10);
	assert_true(says(&d, "001f6700 = C:\\\\a\""));
	parsed_free(&d);
	/* of a type of text it is that text; of bytes that are no UTF-8 the bytes are kept */
	d = parse_value("Software\\Microsoft\\Office\\16.0\\Outlook\\Profiles\\Outlook", "1", "Email", REGF_SZ, "a\0@\0\0\0", 6);
	assert_true(says(&d, "\"Email\":\"a@\""));
	parsed_free(&d);
	d = parse_value(SYSTEM "Services\\BTHPORT\\Parameters\\Devices", "001122334455", "Name", REGF_BINARY, "ann\xE4\0rest", 9);
	assert_true(says(&d, "\"Name\":\"ann\xEF\xBF\xBD\",\"Name_raw\":\"616e6ee4\""));
	parsed_free(&d);
	d = parse_value("Policy", "PolAcDmS", "", REGF_NOTHING, "\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0", 16);
	assert_true(says(&d, "\"(default)\":\"S-1-5-32-544\""));
	parsed_free(&d);
	d = parse_value("Policy", "PolPrDmN", "", REGF_NOTHING, "\4\0\6\0\x8\0\0\0W\0G\0\0", 14);
	assert_true(says(&d, "\"(default)\":\"WG\""));
	parsed_free(&d);
	/* a SID that is cut, a text that is not there */
	d = parse_value("Policy", "PolAcDmS", "", REGF_NOTHING, "\1\4\0\0\0\0\0\5\x20", 9);
	assert_true(says(&d, "\"(default)\":\"010400000000000520\""));
	parsed_free(&d);
	d = parse_value("Policy", "PolPrDmN", "", REGF_NOTHING, "\4\0\6\0\x8\0", 6);
	assert_true(says(&d, "\"(default)\":\"040006000800\""));
	parsed_free(&d);
}

static void members_that_a_group_states_and_does_not_hold_are_told(void **state)
{
	(void)state;
	uint8_t c[0x34 + 16] = { [0] = 0x20, [1] = 2, [44] = 16, [48] = 3 };
	memcpy(c + 0x34, "\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0\0", 16);
	struct parsed d = parse_value("SAM\\Domains\\Builtin\\Aliases", "00000220", "C", REGF_BINARY, c, sizeof c);
	assert_true(says(&d, "\"members\":[\"S-1-5-32-544\"]"));
	assert_true(told(&d, "3 members are stated, 1 are given"));
	parsed_free(&d);
}

static void a_list_longer_than_the_limit_is_told(void **state)
{
	(void)state;
	enum { VALUES = 4100 };
	struct hive_builder h = { 0 };
	uint32_t *value = memory_array(VALUES, sizeof *value);
	char name[16];
	for (unsigned i = 0; i < VALUES; i++) {
		snprintf(name, sizeof name, "%u", i);
		value[i] = hive_value(&h, name, REGF_BINARY, "a\0b\0\0\0", 6);
	}
	struct parsed d = parse_at("Software\\Microsoft\\Windows\\CurrentVersion\\Explorer", "RecentDocs", value, VALUES, &h);
	assert_true(told(&d, "error reg.entries"));
	parsed_free(&d);
	free(value);
}

static void every_row_has_its_decoder(void **state)
{
	(void)state;
	for (const struct registry_row *row = registry_rows; row->id; row++) {
		bool found = false;
		for (const struct registry_decoder_row *d = registry_decoders; d->name; d++)
			found |= !strcmp(d->name, row->decoder);
		if (!found)
			print_message("%s: %s\n", row->id, row->decoder);
		assert_true(found);
	}
}

static void deleted_run_entry_is_marked(void **state)
{
	(void)state;
	struct hive_builder h = { 0 };
	uint32_t value = hive_text(&h, "Updater", "C:\\x.exe");
	uint32_t cell[2] = { hive_key(&h, "Run", T, &value, 1, NULL, 0), hive_key(&h, "Other", T, NULL, 0, NULL, 0) };
	uint32_t above = hive_key(&h, "CurrentVersion", T, NULL, 0, cell, 2), key = hive_path(&h, "Software\\Microsoft\\Windows", T, above);
	struct buffer f = hive_finish(&h, &key, 1);
	struct node n = { .kind = NODE_FILE };
	struct parsed d;
	/* the list of CurrentVersion loses its first entry; the key's cell is freed */
	uint32_t list = f.data[4096 + above + 4 + 28] | (uint32_t)f.data[4096 + above + 4 + 29] << 8;
	hive_put32(&f, 4096 + list + 8, cell[1]);
	f.data[4096 + list + 4 + 2] = 1;
	for (uint32_t at = 4096 + cell[0], size = (uint32_t)(f.data[at] | f.data[at + 1] << 8 | f.data[at + 2] << 16 | (uint32_t)f.data[at + 3] << 24); size; size = 0)
		hive_put32(&f, at, -size);
	assert_true(parsed_run(&d, "win.reg_ntuser", &n, f.data, f.length, true));
	assert_int_equal(said(&d, "\"artifact\":\"reg.run.07\""), 1);
	assert_true(says(&d, "autostart entry: Updater = C:\\\\x.exe (deleted)"));
	assert_true(says(&d, "\"path\":\"Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Run\""));
	assert_int_equal(said(&d, "\"allocated\":false"), 2);
	assert_true(says(&d, "\"path_confidence\":\"full\""));
	parsed_free(&d);
	buffer_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_gives_its_time), cmocka_unit_test(run_keys_are_autostarts_also_of_32_bit_programs), cmocka_unit_test(text_behind_a_nul_is_shown_and_passwords_are_not),
		cmocka_unit_test(userassist_5_names_program_count_and_time), cmocka_unit_test(userassist_3_counts_from_five), cmocka_unit_test(bam_gives_the_last_run),
		cmocka_unit_test(shimcache_10_says_what_ran_and_finds_stale_entries), cmocka_unit_test(lists_are_told_in_their_order), cmocka_unit_test(shell_bags_join_their_folders),
		cmocka_unit_test(office_lists_and_trust_have_times_of_their_own), cmocka_unit_test(accounts_tell_log_in_and_another_rid), cmocka_unit_test(devices_were_attached_and_removed),
		cmocka_unit_test(tasks_tell_command_and_runs), cmocka_unit_test(remote_management_names_its_relay), cmocka_unit_test(damaged_values_of_every_decoder_are_survived),
		cmocka_unit_test(bytes_are_shown_as_the_text_that_they_hold), cmocka_unit_test(members_that_a_group_states_and_does_not_hold_are_told), cmocka_unit_test(a_list_longer_than_the_limit_is_told), cmocka_unit_test(every_row_has_its_decoder), cmocka_unit_test(deleted_run_entry_is_marked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
