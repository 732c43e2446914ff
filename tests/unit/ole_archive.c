/* SPDX-License-Identifier: Apache-2.0 */
/* ole.c of format/archive: streams of compound files, names of installer packages, packaged files. */
#include "tests/unit/store_harness.h"

#include "tests/unit/ole_builder.h"

extern const struct format format_ole, format_msg;

static struct ole_built built;
static struct buffer file;

static void begin(const uint8_t *class)
{
	built = (struct ole_built){ 0 };
	if (class)
		memcpy(built.clsid, class, 16);
	buffer_clear(&file);
}

static const char *listed(void)
{
	ole_build_finish(&built, &file);
	return store_list(&format_ole, file.data, file.length, "a.doc");
}

static void ole_streams_are_members(void **state)
{
	(void)state;
	begin(NULL);
	ole_build_stream(&built, 0, "WordDocument", "text", 4);
	int pool = ole_build_storage(&built, 0, "ObjectPool");
	ole_build_stream(&built, pool, "\1CompObj", "inner", 5);
	assert_string_equal(listed(), "ole:#1 member  WordDocument|text\nole:#3 member  \1CompObj|inner\n");
	assert_string_equal(buffer_string(&store_told), "");
	struct source *s = source_of_memory(file.data, file.length, false);
	struct container *c = store_open(&format_ole, s, "");
	struct node n;
	format_ole.next(c, &n);
	format_ole.next(c, &n);
	assert_true(n.path.length == 22 && !memcmp(n.path.bytes, "/ObjectPool/%01CompObj", 22));
	format_close(c);
	source_close(s);
}

static void ole_names_of_installer_packages_are_unpacked(void **state)
{
	(void)state;
	static const uint8_t installer[16] = { 0x84, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };
	/* "!Tables" and "a.cab": U+4840 for the mark of a table, then two letters a character, a last one alone */
	static const char table[] = "\xe4\xa1\x80\xe4\x84\x9d\xe4\x8f\xa5\xe4\x96\xa8", cabinet[] = "\xe4\x9e\xa4\xe4\x84\xa6\xe4\xa0\xa5";
	begin(installer);
	ole_build_stream(&built, 0, table, "t", 1);
	ole_build_stream(&built, 0, cabinet, "MSCF", 4);
	const char *lines = listed();
	assert_non_null(strstr(lines, " !Tables|t\n"));
	assert_non_null(strstr(lines, " a.cab|MSCF\n"));
	begin(NULL);
	ole_build_stream(&built, 0, table, "t", 1);
	assert_null(strstr(listed(), "!Tables"));
}

static void ole_packaged_file_is_a_node(void **state)
{
	(void)state;
	static const char package[] = "\x2f\0\0\0\2\0run.cmd\0C:\\run.cmd\0\0\0\3\0\x0b\0\0\0C:\\run.cmd\0\4\0\0\0echo and more";
	begin(NULL);
	ole_build_stream(&built, 0, "\1Ole10Native", package, sizeof package - 1);
	assert_non_null(strstr(listed(), "ole:#1-1 member packaged run.cmd|echo\n"));
}

static void ole_bids_below_messages(void **state)
{
	(void)state;
	begin(NULL);
	ole_build_stream(&built, 0, "__properties_version1.0", "x", 1);
	listed();
	struct source *s = source_of_memory(file.data, file.length, false);
	struct probe p = { .source = s, .head = file.data, .head_length = file.length, .name = "" };
	const struct format *second = NULL;
	assert_ptr_equal(format_probe(&p, 1u << LAYER_ARCHIVE | 1u << LAYER_MAIL, &second), &format_msg);
	assert_null(second);
	source_close(s);
}

static int release(void **state)
{
	buffer_free(&file);
	return store_release(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ole_streams_are_members),
		cmocka_unit_test(ole_names_of_installer_packages_are_unpacked),
		cmocka_unit_test(ole_packaged_file_is_a_node),
		cmocka_unit_test(ole_bids_below_messages),
	};
	text_warm_up();
	return cmocka_run_group_tests(tests, NULL, release);
}
