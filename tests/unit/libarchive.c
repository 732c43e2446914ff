/* SPDX-License-Identifier: Apache-2.0 */
/* libarchive.c: archives through libarchive and the zip reader: names as they are, places, content, limits, damage, what only one view of a zip has. */
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "format/format.h"

extern const struct format format_zip, format_tar, format_gz, format_bz2, format_cpio, format_7z, format_Z, format_xar, format_ar;

/* ---- archives to read */

struct member { const char *name; const char *content; size_t length; unsigned type; };
enum { MADE_MAX = 8 << 20 };
static uint8_t *made;
static size_t made_length;

static void make(int format, int filter, const struct member *member, size_t members)
{
	struct archive *a = archive_write_new();
	assert_int_equal(format == ARCHIVE_FORMAT_AR_BSD ? archive_write_set_format_ar_bsd(a) : archive_write_set_format(a, format), ARCHIVE_OK);
	archive_write_add_filter(a, filter);
	archive_write_set_bytes_in_last_block(a, 1);
	if (!made)
		made = malloc(MADE_MAX);
	assert_int_equal(archive_write_open_memory(a, made, MADE_MAX, &made_length), ARCHIVE_OK);
	for (size_t i = 0; i < members; i++) {
		struct archive_entry *e = archive_entry_new();
		size_t length = member[i].length ? member[i].length : strlen(member[i].content);
		archive_entry_copy_pathname(e, member[i].name);
		archive_entry_set_filetype(e, member[i].type ? member[i].type : AE_IFREG);
		archive_entry_set_perm(e, 0644);
		archive_entry_set_mtime(e, 1709633472, 0);
		if (member[i].type == AE_IFLNK)
			archive_entry_copy_symlink(e, member[i].content);
		archive_entry_set_size(e, member[i].type ? 0 : (la_int64_t)length);
		assert_true(archive_write_header(a, e) >= ARCHIVE_WARN);
		if (!member[i].type)
			archive_write_data(a, member[i].content, length);
		archive_entry_free(e);
	}
	archive_write_close(a);
	archive_write_free(a);
}

/* A zip by bytes. `central`, `local`: names; NULL leaves that header out. */
static uint8_t zip[1 << 16];
static size_t zip_length, zip_directory, zip_entries;
static uint8_t directory[1 << 14];

static size_t put(uint8_t *to, size_t at, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		to[at + i] = (uint8_t)(v >> 8 * i);
	return at + bytes;
}

static size_t put_text(uint8_t *to, size_t at, const char *text)
{
	memcpy(to + at, text, strlen(text));
	return at + strlen(text);
}

static void zip_start(void) { zip_length = zip_directory = zip_entries = 0; }

static void zip_member(const char *local, const char *central, unsigned flags, unsigned method, const void *data, size_t packed, size_t size, uint32_t crc)
{
	size_t offset = zip_length;
	if (local) {
		zip_length = put(zip, zip_length, 0x04034b50, 4);
		size_t head[][2] = { { 20, 2 }, { flags, 2 }, { method, 2 }, { 0x5165, 2 }, { 0x5865, 2 }, { crc, 4 }, { packed, 4 }, { size, 4 }, { strlen(local), 2 }, { 0, 2 } };
		for (size_t i = 0; i < sizeof head / sizeof *head; i++)
			zip_length = put(zip, zip_length, head[i][0], (unsigned)head[i][1]);
		zip_length = put_text(zip, zip_length, local);
		memcpy(zip + zip_length, data, packed);
		zip_length += packed;
	}
	if (central) {
		zip_directory = put(directory, zip_directory, 0x02014b50, 4);
		size_t head[][2] = { { 0x0014, 2 }, { 20, 2 }, { flags, 2 }, { method, 2 }, { 0x5165, 2 }, { 0x5865, 2 }, { crc, 4 }, { packed, 4 }, { size, 4 }, { strlen(central), 2 },
			{ 0, 2 }, { 0, 2 }, { 0, 2 }, { 0, 2 }, { 0x20, 4 }, { offset, 4 } };
		for (size_t i = 0; i < sizeof head / sizeof *head; i++)
			zip_directory = put(directory, zip_directory, head[i][0], (unsigned)head[i][1]);
		zip_directory = put_text(directory, zip_directory, central);
		zip_entries++;
	}
}

static void zip_text(const char *local, const char *central, unsigned flags, const char *text)
{
	zip_member(local, central, flags, 0, text, strlen(text), strlen(text), (uint32_t)crc32(0, (const Bytef *)text, (uInt)strlen(text)));
}

static void zip_end(void)
{
	size_t offset = zip_length;
	memcpy(zip + zip_length, directory, zip_directory);
	zip_length += zip_directory;
	zip_length = put(zip, zip_length, 0x06054b50, 4);
	size_t tail[][2] = { { 0, 2 }, { 0, 2 }, { zip_entries, 2 }, { zip_entries, 2 }, { zip_directory, 4 }, { offset, 4 }, { 0, 2 } };
	for (size_t i = 0; i < sizeof tail / sizeof *tail; i++)
		zip_length = put(zip, zip_length, tail[i][0], (unsigned)tail[i][1]);
}

/* ---- reading them */

static char told[4096];
static struct buffer listed;

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)offset, (void)length, (void)message;
	snprintf(told + strlen(told), sizeof told - strlen(told), "%s/%s@%s ", class, kind, step ? step : "-");
}

static ssize_t content(struct container *c, const struct node *n, char *to, size_t most)
{
	if (n->content == CONTENT_NONE)
		return -1;
	if (n->content == CONTENT_SEQUENTIAL) {
		size_t got = 0;
		ssize_t more;
		char waste[4096];
		while ((more = c->format->read(c, waste, sizeof waste)) > 0) {
			size_t keep = got < most ? most - got : 0;
			memcpy(to + got, waste, (size_t)more < keep ? (size_t)more : keep);
			got += (size_t)more < keep ? (size_t)more : keep;
		}
		return (ssize_t)got;
	}
	struct source *s = format_content(c, n);
	if (!s)
		return -1;
	ssize_t got = (ssize_t)source_read_at(s, 0, to, most, NULL);
	source_close(s);
	return got;
}

/* "step kind <content> flags|" for each node. */
static const char *list_as(const struct format *f, const void *bytes, size_t length, const char *name)
{
	struct reporter reporter = { .error = on_error };
	struct source *s = source_of_memory(bytes, length, false);
	struct opening o = { .source = s, .report = &reporter, .name = name, .name_length = strlen(name) };
	struct node n;
	told[0] = 0;
	buffer_clear(&listed);
	struct container *c = format_open(f, &o);
	while (c && f->next(c, &n) > 0) {
		char text[33];
		ssize_t got = content(c, &n, text, 32);
		text[got > 0 ? got : 0] = 0;
		buffer_format(&listed, "%s %s <%s>", n.step, node_kind_name(n.kind), got < 0 ? "-" : text);
		if (n.target)
			buffer_format(&listed, " ->%s", n.target);
		for (unsigned i = 0; i < n.flag_count; i++)
			if (strcmp(n.flags[i], "compressed") != 0)
				buffer_format(&listed, " %s", n.flags[i]);
		buffer_text(&listed, "|");
	}
	format_close(c);
	source_close(s);
	return buffer_string(&listed);
}

static const char *list(const struct format *f) { return list_as(f, made, made_length, ""); }
static const char *list_zip(void) { return list_as(&format_zip, zip, zip_length, ""); }

static unsigned bits(const struct format *f, const void *bytes, size_t length, const char *name)
{
	struct source *s = source_of_memory(bytes, length, false);
	struct probe p = { .source = s, .head = bytes, .head_length = length < PROBE_HEAD ? length : PROBE_HEAD, .name = name, .name_length = strlen(name) };
	unsigned result = f->probe(&p);
	source_close(s);
	return result;
}

static const struct member plain[] = { { "a.txt", "alpha", 0, 0 }, { "d/", "", 0, AE_IFDIR }, { "d/b c", "beta", 0, 0 }, { "l", "a.txt", 0, AE_IFLNK } };

static unsigned steps;
static bool on_step(struct reporter *r, uint64_t at)
{
	(void)r, (void)at;
	steps++;
	return true;
}

/* ---- tests */

static void archive_tar_members_have_places(void **state)
{
	(void)state;
	make(ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_NONE, plain, 4);
	assert_true(bits(&format_tar, made, made_length, "") >= 40);
	assert_string_equal(list(&format_tar), "tar:/a.txt member <alpha>|tar:/d directory <->|tar:/d/b%20c member <beta>|tar:/l symlink <-> ->a.txt|");
	assert_string_equal(told, "");
}

/* What nobody reads is decoded all the same, by us behind a filter, by the library in a solid archive: the watchdog hears of it, or a long member would pass for a hang. */
static void archive_member_that_is_passed_over_is_progress(void **state)
{
	(void)state;
	static const struct { const struct format *format; int archive, filter; } solid[] = {
		{ &format_tar, ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP }, { &format_7z, ARCHIVE_FORMAT_7ZIP, ARCHIVE_FILTER_NONE },
	};
	enum { LONG = 1000000, AT_ONCE = 128 * 1024 };
	char *noise = memory_new(LONG + 1);             /* which nothing can pack: input and output are of a size */
	uint32_t z = 1;
	for (size_t i = 0; i < LONG; i++)
		noise[i] = (char)((z = z * 1664525 + 1013904223) >> 24 | 1);
	for (size_t i = 0; i < sizeof solid / sizeof *solid; i++) {
		const struct member two[] = { { "long", noise, 0, 0 }, { "b", "beta", 0, 0 } };
		make(solid[i].archive, solid[i].filter, two, 2);
		struct reporter reporter = { .error = on_error, .step = on_step };
		struct source *s = source_of_memory(made, made_length, false);
		struct container *c = format_open(solid[i].format, &(struct opening){ .source = s, .report = &reporter, .name = "" });
		struct node n;
		char text[8];
		assert_int_equal(c->format->next(c, &n), 1);
		steps = 0;
		assert_int_equal(c->format->next(c, &n), 1);
		assert_non_null(strstr(n.step, ":/b"));
		assert_int_equal(content(c, &n, text, sizeof text), 4);
		assert_true(steps >= LONG / AT_ONCE);
		format_close(c);
		source_close(s);
	}
	free(noise);
}

static void archive_compressed_tar_is_a_tar_and_nothing_else(void **state)
{
	(void)state;
	static const int filters[] = { ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_LZ4, ARCHIVE_FILTER_LZMA, ARCHIVE_FILTER_LZIP, ARCHIVE_FILTER_COMPRESS };
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
		make(ARCHIVE_FORMAT_TAR_USTAR, filters[i], plain, 4);
		assert_true(bits(&format_tar, made, made_length, "") > 40);
		assert_int_equal(bits(&format_gz, made, made_length, ""), 0);
		assert_int_equal(bits(&format_bz2, made, made_length, ""), 0);
		assert_int_equal(bits(&format_Z, made, made_length, ""), 0);
		assert_string_equal(list(&format_tar), "tar:/a.txt member <alpha>|tar:/d directory <->|tar:/d/b%20c member <beta>|tar:/l symlink <-> ->a.txt|");
	}
}

static void archive_cpio_ar_and_7z(void **state)
{
	(void)state;
	make(ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_GZIP, plain, 4);
	assert_true(bits(&format_cpio, made, made_length, "") > 40);
	assert_non_null(strstr(list(&format_cpio), "cpio:/d/b%20c member <beta>"));
	make(ARCHIVE_FORMAT_AR_BSD, ARCHIVE_FILTER_NONE, plain, 1);
	assert_string_equal(list(&format_ar), "ar:/a.txt member <alpha>|");
	make(ARCHIVE_FORMAT_7ZIP, ARCHIVE_FILTER_NONE, plain, 4);
	assert_true(bits(&format_7z, made, made_length, "") >= 48);
	assert_non_null(strstr(list(&format_7z), "7z:/d/b%20c member <beta>"));
}

static void archive_xar_members_have_no_hole_behind(void **state)
{
	(void)state;
	static const struct member two[] = { { "a", "first content", 0, 0 }, { "b", "second", 0, 0 } };
	make(ARCHIVE_FORMAT_XAR, ARCHIVE_FILTER_NONE, two, 2);
	assert_string_equal(list(&format_xar), "xar:/a member <first content>|xar:/b member <second>|");
}

static void archive_hostile_names_stay_as_they_are(void **state)
{
	(void)state;
	static const struct member hostile[] = { { "../up", "1", 0, 0 }, { "/abs", "2", 0, 0 }, { "a\xff:b", "3", 0, 0 }, { "c\nd", "4", 0, 0 }, { "./e", "5", 0, 0 } };
	make(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, hostile, 5);
	assert_string_equal(list(&format_tar), "tar:/../up member <1>|tar://abs member <2>|tar:/a%FF%3Ab member <3>|tar:/c%0Ad member <4>|tar:/./e member <5>|");
}

static void archive_second_member_of_a_name_goes_by_ordinal(void **state)
{
	(void)state;
	static const struct member twice[] = { { "a", "1", 0, 0 }, { "a", "2", 0, 0 } };
	make(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, twice, 2);
	assert_string_equal(list(&format_tar), "tar:/a member <1>|tar:#2 member <2>|");
	struct source *s = source_of_memory(made, made_length, false);
	struct opening o = { .source = s };
	struct container *c = format_open(&format_tar, &o);
	struct node n;
	char text[9] = "";
	struct locator_step step = { .format = { "tar", 3 }, .name = { "#2", 2 } };
	assert_true(format_tar.find(c, &step, &n));
	assert_int_equal(content(c, &n, text, 8), 1);
	assert_string_equal(text, "2");
	step.name = (struct locator_part){ "/a", 2 };
	assert_true(format_tar.find(c, &step, &n));
	assert_int_equal(content(c, &n, text, 8), 1);
	assert_string_equal(text, "1");
	step.name = (struct locator_part){ "/b", 2 };
	assert_false(format_tar.find(c, &step, &n));
	format_close(c);
	source_close(s);
}

static void archive_single_file_is_named(void **state)
{
	(void)state;
	static const uint8_t named[] = "\x1f\x8b\x08\x08\0\0\0\0\0\x03" "in.txt\0" "\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\0\0\0";
	assert_true(bits(&format_gz, named, sizeof named - 1, "") > 0);
	assert_string_equal(list_as(&format_gz, named, sizeof named - 1, "out.gz"), "gz:/in.txt member <hello>|");
	static const uint8_t unnamed[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03" "\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\0\0\0";
	assert_string_equal(list_as(&format_gz, unnamed, sizeof unnamed - 1, "log.1.gz"), "gz:/log.1 member <hello>|");
}

static void archive_cut_tar_gives_what_is_there(void **state)
{
	(void)state;
	make(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, plain, 4);
	made_length = 1024 + 512 + 512 + 2;
	assert_string_equal(list(&format_tar), "tar:/a.txt member <alpha>|tar:/d directory <->|tar:/d/b%20c member <be>|");
	assert_non_null(strstr(told, "damage/tar.member@tar:/d/b%20c"));
}

static void archive_bomb_is_stopped(void **state)
{
	(void)state;
	static char zeros[300 << 20];
	struct member bomb = { "z", zeros, sizeof zeros, 0 };
	make(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD, &bomb, 1);
	list(&format_tar);
	assert_string_equal(told, "limit/tar.ratio@tar:/z ");
}

static void archive_more_filters_than_the_limit(void **state)
{
	(void)state;
	static uint8_t inner[1 << 16];
	make(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, plain, 1);
	for (unsigned i = 0; i < 4; i++) {              /* wrap it: gzip in gzip */
		size_t length = made_length;
		memcpy(inner, made, length);
		struct member whole = { "x", (const char *)inner, length, 0 };
		make(ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, &whole, 1);
		if (i < 3)
			assert_true(bits(&format_tar, made, made_length, "") > 0);
	}
	assert_int_equal(bits(&format_tar, made, made_length, ""), 0);
	list(&format_tar);
	assert_string_equal(told, "limit/tar.filters@- ");
}

static void zip_members_and_times(void **state)
{
	(void)state;
	make(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, plain, 4);
	assert_int_equal(bits(&format_zip, made, made_length, ""), 32);
	assert_string_equal(list(&format_zip), "zip:/a.txt member <alpha>|zip:/d directory <->|zip:/d/b%20c member <beta>|zip:/l symlink <a.txt> ->a.txt|");
	assert_string_equal(told, "");
	zip_start();
	zip_text("dos", "dos", 0, "x");
	zip_end();
	struct source *s = source_of_memory(zip, zip_length, false);
	struct opening o = { .source = s };
	struct container *c = format_open(&format_zip, &o);
	struct node n;
	assert_int_equal(format_zip.next(c, &n), 1);
	assert_int_equal(n.time[NODE_MTIME].zone, TIME_LOCAL);
	assert_int_equal(n.time[NODE_MTIME].precision, TIME_2S);
	format_close(c);
	source_close(s);
}

static void zip_local_header_without_directory_entry_is_found(void **state)
{
	(void)state;
	zip_start();
	zip_text("seen", "seen", 0, "1");
	zip_text("hidden.exe", NULL, 0, "2");
	zip_end();
	assert_string_equal(list_zip(), "zip:/seen member <1>|zip:#2 member <2> unlisted|");
	assert_string_equal(told, "damage/zip.hidden@zip:#2 ");
}

static void zip_headers_that_differ_are_told(void **state)
{
	(void)state;
	zip_start();
	zip_text("evil.exe", "good.txt", 0, "1");
	zip_end();
	assert_string_equal(list_zip(), "zip:/good.txt member <1>|");
	assert_string_equal(told, "damage/zip.mismatch@zip:/good.txt ");
}

static void zip_directory_entry_without_local_header_is_listed(void **state)
{
	(void)state;
	zip_start();
	zip_text("a", "a", 0, "1");
	zip_text(NULL, "ghost", 0, "2");
	zip_end();
	assert_string_equal(list_zip(), "zip:/a member <1>|zip:/ghost member <->|");
	assert_non_null(strstr(told, "damage/zip.local@zip:/ghost"));
}

/* One entry without its signature, or with a length that leads anywhere, costs that entry and no other. */
static void zip_directory_goes_on_behind_a_damaged_entry(void **state)
{
	(void)state;
	enum { NAME_LENGTH = 28, ENTRY = 46 + 1 };
	static const struct { size_t at; uint8_t value; const char *listed; } damaged[] = {
		{ ENTRY, 'Q', "zip:/a member <1>|zip:/c member <3>|zip:/d member <4>|zip:#4 member <2> unlisted|" },
		{ 2 * ENTRY + 1, 0, "zip:/a member <1>|zip:/b member <2>|zip:/d member <4>|zip:#4 member <3> unlisted|" },
		{ NAME_LENGTH + 1, 0xff, NULL }, { ENTRY + NAME_LENGTH, 30, NULL },
	};
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		zip_start();
		zip_text("a", "a", 0, "1");
		zip_text("b", "b", 0, "2");
		zip_text("c", "c", 0, "3");
		zip_text("d", "d", 0, "4");
		size_t start = zip_length;
		zip_end();
		zip[start + damaged[i].at] = damaged[i].value;
		const char *listed = list_zip();
		if (damaged[i].listed)
			assert_string_equal(listed, damaged[i].listed);
		assert_true(strstr(listed, "<1>") && strstr(listed, "<2>") && strstr(listed, "<3>") && strstr(listed, "<4>"));
		assert_non_null(strstr(told, "damage/zip.directory@-"));
	}
}

static void zip_that_claims_to_be_empty_hides_nothing(void **state)
{
	(void)state;
	zip_start();
	zip_text("a", "a", 0, "1");
	zip_text("b", "b", 0, "2");
	zip_end();
	memset(zip + zip_length - 14, 0, 14);           /* entries, size and place of the directory */
	assert_string_equal(list_zip(), "zip:#1 member <1> unlisted|zip:#2 member <2> unlisted|");
	assert_non_null(strstr(told, "damage/zip.hidden@"));
	zip_start();
	zip_end();
	assert_string_equal(list_zip(), "");
	assert_string_equal(told, "");
}

static void zip_without_directory_is_read_by_local_headers(void **state)
{
	(void)state;
	zip_start();
	zip_text("a", NULL, 0, "1");
	zip_text("b", NULL, 0, "2");
	assert_string_equal(list_zip(), "zip:#1 member <1>|zip:#2 member <2>|");
	assert_non_null(strstr(told, "damage/zip.directory@-"));
}

static void zip_with_bytes_in_front_and_behind(void **state)
{
	(void)state;
	static uint8_t shifted[1 << 16];
	zip_start();
	zip_text("a", "a", 0, "1");
	zip_end();
	memset(shifted, 'M', 1000);
	memcpy(shifted, "MZ", 2);
	memcpy(shifted + 1000, zip, zip_length);
	memcpy(shifted + 1000 + zip_length, "junk", 4);
	assert_true(bits(&format_zip, shifted, 1004 + zip_length, "setup.exe") > 0);
	assert_string_equal(list_as(&format_zip, shifted, 1004 + zip_length, ""), "zip:/a member <1>|");
}

static void zip_encrypted_member_is_listed_and_locked(void **state)
{
	(void)state;
	zip_start();
	zip_text("secret", "secret", 1, "xxxxxxxxxxxxxx");
	zip_end();
	assert_string_equal(list_zip(), "zip:/secret member <-> encrypted|");
	assert_string_equal(told, "locked/zip.encrypted@zip:/secret ");
}

static void zip_wrong_crc_and_sizes_are_told(void **state)
{
	(void)state;
	zip_start();
	zip_member("a", "a", 0, 0, "abc", 3, 3, 0x12345678);
	zip_end();
	assert_string_equal(list_zip(), "zip:/a member <abc>|");
	assert_non_null(strstr(told, "damage/zip.crc@zip:#1"));
	static const uint8_t hello[] = "\xcb\x48\xcd\xc9\xc9\x07\x00";
	zip_start();
	zip_member("h", "h", 0, 8, hello, 7, 3, 0x3610a686);    /* longer than it states */
	zip_end();
	assert_string_equal(list_zip(), "zip:/h member <hello>|");
	assert_non_null(strstr(told, "damage/zip.size"));
	zip_start();
	zip_member("h", "h", 0, 8, hello, 4, 5, 0x3610a686);    /* cut */
	zip_end();
	list_zip();
	assert_non_null(strstr(told, "damage/zip.deflate"));
}

static void zip_same_name_twice_goes_by_ordinal(void **state)
{
	(void)state;
	zip_start();
	zip_text("a", "a", 0, "1");
	zip_text("a", "a", 0, "2");
	zip_text("b", "b", 0, "3");
	zip_end();
	assert_string_equal(list_zip(), "zip:#1 member <1>|zip:#2 member <2>|zip:/b member <3>|");
}

static void zip_find_by_path_and_ordinal(void **state)
{
	(void)state;
	zip_start();
	zip_text("a/b c", "a/b c", 0, "1");
	zip_text("d", "d", 0, "2");
	zip_end();
	struct source *s = source_of_memory(zip, zip_length, false);
	struct opening o = { .source = s };
	struct container *c = format_open(&format_zip, &o);
	struct node n;
	struct locator_step step = { .format = { "zip", 3 }, .name = { "/a/b%20c", 8 } };
	assert_true(format_zip.find(c, &step, &n));
	assert_string_equal(n.address, "1");
	step.name = (struct locator_part){ "#2", 2 };
	assert_true(format_zip.find(c, &step, &n));
	assert_string_equal(n.step, "zip:/d");
	step.name = (struct locator_part){ "#3", 2 };
	assert_false(format_zip.find(c, &step, &n));
	format_close(c);
	source_close(s);
}

static int release(void **state)
{
	(void)state;
	free(made);
	buffer_free(&listed);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archive_tar_members_have_places),
		cmocka_unit_test(archive_member_that_is_passed_over_is_progress), cmocka_unit_test(archive_compressed_tar_is_a_tar_and_nothing_else),
		cmocka_unit_test(archive_cpio_ar_and_7z),
		cmocka_unit_test(archive_xar_members_have_no_hole_behind),
		cmocka_unit_test(archive_hostile_names_stay_as_they_are),
		cmocka_unit_test(archive_second_member_of_a_name_goes_by_ordinal),
		cmocka_unit_test(archive_single_file_is_named),
		cmocka_unit_test(archive_cut_tar_gives_what_is_there),
		cmocka_unit_test(archive_bomb_is_stopped),
		cmocka_unit_test(archive_more_filters_than_the_limit),
		cmocka_unit_test(zip_members_and_times),
		cmocka_unit_test(zip_local_header_without_directory_entry_is_found),
		cmocka_unit_test(zip_headers_that_differ_are_told),
		cmocka_unit_test(zip_directory_entry_without_local_header_is_listed),
		cmocka_unit_test(zip_without_directory_is_read_by_local_headers),
		cmocka_unit_test(zip_with_bytes_in_front_and_behind),
		cmocka_unit_test(zip_encrypted_member_is_listed_and_locked),
		cmocka_unit_test(zip_directory_goes_on_behind_a_damaged_entry),
		cmocka_unit_test(zip_that_claims_to_be_empty_hides_nothing),
		cmocka_unit_test(zip_wrong_crc_and_sizes_are_told),
		cmocka_unit_test(zip_same_name_twice_goes_by_ordinal),
		cmocka_unit_test(zip_find_by_path_and_ordinal),
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, release);
}
