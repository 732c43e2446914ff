/* SPDX-License-Identifier: Apache-2.0 */
/* regf.c: hives made here: what they hold comes back, what is wrong with them ends nothing; logs; deleted keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <stdio.h>

#include <cmocka.h>

#include "reader/regf_deleted.h"
#include "tests/unit/hive_builder.h"

#define T UINT64_C(131117098656180000)

struct seen { struct buffer told; unsigned damages; };

static void on_damage(void *owner, const char *class, const char *kind, uint64_t offset, uint64_t length, const char *message)
{
	struct seen *s = owner;
	(void)class, (void)message;
	s->damages++;
	buffer_format(&s->told, "%s@%llu+%llu ", kind, (unsigned long long)offset, (unsigned long long)length);
	(void)buffer_string(&s->told);
}

static bool told(const struct seen *s, const char *kind)
{
	return s->told.data && strstr((const char *)s->told.data, kind);
}

/* Names in walking order, each "depth:name ". */
static struct buffer walked(struct regf *h)
{
	struct regf_walk w;
	struct regf_key k;
	struct buffer b = { 0 };
	regf_walk_start(&w, h, h->root);
	while (regf_walk_next(&w, &k))
		buffer_format(&b, "%u:%.*s ", k.depth, (int)k.name_length, (const char *)k.name);
	regf_walk_end(&w);
	(void)buffer_string(&b);
	return b;
}

static void assert_walk(struct regf *h, const char *expected)
{
	struct buffer b = walked(h);
	assert_string_equal(b.data ? (char *)b.data : "", expected);
	buffer_free(&b);
}

/* A hive that was made here: its file, its keys' cells, and the reader over it. */
struct made { struct buffer f, scratch; uint32_t cell[2]; struct regf h; struct seen s; };

/* Reads `length` bytes of the file; false: it could not be opened. */
static bool made_read(struct made *m, size_t length, const struct regf_log *log, size_t logs)
{
	return regf_open(&m->h, m->f.data, length, log, logs, &m->s, on_damage);
}

static void made_open(struct made *m)
{
	assert_true(made_read(m, m->f.length, NULL, 0));
}

static void made_free(struct made *m)
{
	buffer_free(&m->f);
	buffer_free(&m->scratch);
	buffer_free(&m->s.told);
}

static void made_close(struct made *m)
{
	regf_close(&m->h);
	made_free(m);
}

/* Opened with these logs the hive holds these keys and is in this state. */
static void assert_replayed(struct made *m, const struct regf_log *log, const char *keys, enum regf_state state)
{
	assert_true(made_read(m, m->f.length, log, 1));
	assert_walk(&m->h, keys);
	assert_int_equal(m->h.state, state);
	regf_close(&m->h);
}

/* Sets a number in a key's or value's cell, at this place behind the cell's size. */
static void cell_put(struct made *m, uint32_t cell, size_t at, uint32_t v)
{
	hive_put32(&m->f, 4096 + cell + 4 + at, v);
}

/* A number of the base block, whose checksum follows. */
static void base_put(struct made *m, size_t at, uint32_t v)
{
	hive_put32(&m->f, at, v);
	hive_checksum(&m->f);
}

static struct made two_keys(void)
{
	struct hive_builder h = { 0 };
	struct made m = { 0 };
	uint32_t value[2] = { hive_text(&h, "text", "hello"), hive_value(&h, "", REGF_DWORD, "\x2A\0\0\0", 4) };
	m.cell[0] = hive_key(&h, "a", T, value, 2, NULL, 0);
	m.cell[1] = hive_key(&h, "b", T + 1, NULL, 0, NULL, 0);
	m.f = hive_finish(&h, m.cell, 2);
	return m;
}

static struct made large_data(uint32_t segments, uint32_t size, bool same)
{
	struct hive_builder b = { 0 };
	struct made m = { 0 };
	static uint8_t part[16348];
	uint32_t cell[8], db = hive_cell(&b, 8), value;
	for (uint32_t i = 0; i < segments; i++) {
		memset(part, 'A' + (int)i, sizeof part);
		cell[i] = same && i ? cell[0] : hive_bytes(&b, part, sizeof part);
	}
	uint32_t list = hive_list(&b, cell, segments);
	memcpy(hive_at(&b, db), "db", 2);
	hive_at(&b, db)[2] = (uint8_t)segments;
	hive_put32(&b.bins, db + 8, list);
	value = hive_value(&b, "large", REGF_BINARY, "12345", 5);
	hive_put32(&b.bins, value + 8, size);
	hive_put32(&b.bins, value + 12, db);
	m.cell[0] = hive_key(&b, "a", T, &value, 1, NULL, 0);
	m.f = hive_finish(&b, m.cell, 1);
	return m;
}

/* A value of the first key, and its data. */
static struct regf_value value_of(struct made *m, uint32_t index)
{
	struct regf_key k;
	struct regf_value v;
	assert_true(regf_key_at(&m->h, m->cell[0], &k, true));
	assert_true(regf_value_at(&m->h, &k, index, &v));
	return v;
}

struct data { const uint8_t *bytes; size_t length; uint64_t offset; };

static bool data_of(struct made *m, const struct regf_value *v, struct data *d)
{
	return regf_data(&m->h, v, &m->scratch, &d->bytes, &d->length, &d->offset);
}

static void keys_values_and_times_come_back(void **state)
{
	(void)state;
	struct made m = two_keys();
	struct regf_key k;
	struct data d;
	made_open(&m);
	assert_walk(&m.h, "0:ROOT 1:a 1:b ");
	assert_true(regf_key_at(&m.h, m.cell[0], &k, true));
	assert_true(k.written == T);
	assert_int_equal(regf_values(&m.h, &k), 2);
	struct regf_value v = value_of(&m, 0);
	assert_true(regf_name_equals(v.name, v.name_length, v.name_latin1, "TEXT"));
	assert_true(data_of(&m, &v, &d));
	assert_int_equal(d.length, 12);
	assert_memory_equal(d.bytes, m.f.data + d.offset, 12);
	v = value_of(&m, 1);
	assert_true(v.in_cell && !v.name_length);
	assert_true(data_of(&m, &v, &d));
	assert_int_equal(d.bytes[0], 42);
	assert_memory_equal(d.bytes, m.f.data + d.offset, 4);
	assert_int_equal(m.s.damages, 0);
	assert_int_equal(m.h.state, REGF_CLEAN);
	made_close(&m);
}

/* The second key claims subkeys. */
static void subkeys_put(struct made *m, uint32_t count, uint32_t list)
{
	cell_put(m, m->cell[1], 20, count);
	cell_put(m, m->cell[1], 28, list);
}

static void list_that_leads_back_ends_and_is_told(void **state)
{
	(void)state;
	struct made m = two_keys();
	struct regf_key root;
	made_open(&m);
	assert_true(regf_key_at(&m.h, m.h.root, &root, true));
	subkeys_put(&m, 2, root.subkey_list);   /* the root's own */
	assert_walk(&m.h, "0:ROOT 1:a 1:b ");
	assert_true(told(&m.s, "regf.shared"));
	made_close(&m);
}

static void index_inside_an_index_is_not_followed(void **state)
{
	(void)state;
	struct hive_builder b = { 0 };
	struct made m = { 0 };
	m.cell[1] = hive_key(&b, "a", T, NULL, 0, NULL, 0);
	uint32_t index = hive_cell(&b, 8);
	memcpy(hive_at(&b, index), "ri\1\0", 4);
	hive_put32(&b.bins, index + 8, index);
	m.f = hive_finish(&b, &m.cell[1], 1);
	made_open(&m);
	subkeys_put(&m, 1, index);
	assert_walk(&m.h, "0:ROOT 1:a ");
	assert_true(told(&m.s, "regf.list"));
	made_close(&m);
}

static void counts_larger_than_their_cell_are_clipped(void **state)
{
	(void)state;
	struct made m = two_keys();
	struct regf_key k;
	made_open(&m);
	cell_put(&m, m.cell[0], 36, 0x80000000);
	assert_true(regf_key_at(&m.h, m.cell[0], &k, true));
	assert_int_equal(regf_values(&m.h, &k), 3);       /* the cell is rounded up to 16 bytes: three numbers */
	assert_true(told(&m.s, "regf.count"));
	assert_true(regf_key_at(&m.h, m.h.root, &k, true));
	memset(m.f.data + 4096 + k.subkey_list + 4 + 2, 0xFF, 2);
	assert_walk(&m.h, "0:ROOT 1:a 1:b ");
	made_close(&m);
}

static void large_data_is_put_together_of_16344_bytes_each(void **state)
{
	(void)state;
	struct made m = large_data(2, 20000, false);
	struct data d;
	made_open(&m);
	struct regf_value v = value_of(&m, 0);
	assert_true(data_of(&m, &v, &d));
	assert_int_equal(d.length, 20000);
	assert_int_equal(d.bytes[16343], 'A');
	assert_int_equal(d.bytes[16344], 'B');
	assert_int_equal(d.bytes[19999], 'B');
	made_close(&m);
	/* less than stated: what is there is given, and told */
	m = large_data(2, 60000, false);
	made_open(&m);
	v = value_of(&m, 0);
	assert_false(data_of(&m, &v, &d));
	assert_int_equal(d.length, 16344 + 16348);
	assert_true(told(&m.s, "regf.data"));
	made_close(&m);
}

static void data_of_all_values_is_bounded_by_the_hive(void **state)
{
	(void)state;
	struct made m = large_data(8, 8 * 16344, true);
	struct data d;
	size_t all = 0;
	made_open(&m);
	struct regf_value v = value_of(&m, 0);
	while (data_of(&m, &v, &d))
		all += d.length;
	assert_true(all <= 2 * m.f.length + REGF_DATA_MAX);
	assert_true(told(&m.s, "regf.data"));
	made_close(&m);
}

static void what_is_cut_off_leaves_the_rest(void **state)
{
	(void)state;
	struct made m = two_keys();
	/* only the checksum is wrong; then the signature; then half of the file is gone */
	m.f.data[100] ^= 1;
	made_open(&m);
	assert_walk(&m.h, "0:ROOT 1:a 1:b ");
	assert_true(m.h.dirty && m.h.state == REGF_DIRTY_NO_LOG && told(&m.s, "regf.base_block"));
	regf_close(&m.h);
	memset(m.f.data, 0, 4096);
	made_open(&m);
	assert_walk(&m.h, "0:ROOT 1:a 1:b ");
	regf_close(&m.h);
	assert_true(made_read(&m, m.f.length - 3000, NULL, 0));
	assert_walk(&m.h, "0:ROOT 1:a 1:b ");
	assert_true(told(&m.s, "regf.truncated"));
	regf_close(&m.h);
	assert_false(made_read(&m, 4096, NULL, 0));
	assert_false(made_read(&m, 4100, NULL, 0));
	made_free(&m);
}

static void size_field_that_is_too_small_clips_nothing(void **state)
{
	(void)state;
	struct made m = large_data(2, 20000, false);
	base_put(&m, 40, 4096);
	made_open(&m);
	assert_walk(&m.h, "0:ROOT 1:a ");
	assert_int_equal(m.h.end, m.f.length);
	made_close(&m);
}

static void no_cell_reaches_behind_the_end_of_a_lost_bin(void **state)
{
	(void)state;
	struct made m = two_keys();
	struct regf_deleted d;
	size_t length;
	memset(m.f.data + 4096, 0, 4);
	hive_put32(&m.f, 4096 + m.cell[1], 0x80000000);
	base_put(&m, 40, m.cell[1] + 16);
	base_put(&m, 36, m.cell[1]);
	made_open(&m);
	assert_int_equal(m.h.end, 4096 + m.cell[1] + 16);
	assert_non_null(regf_cell(&m.h, m.cell[0], &length, NULL));
	if (regf_cell(&m.h, m.cell[1], &length, NULL))
		assert_int_equal(length, 12);
	regf_deleted_start(&d, &m.h);
	regf_deleted_end(&d);
	made_close(&m);
}

static void cells_of_any_size_and_place_are_survived(void **state)
{
	(void)state;
	static const uint32_t sizes[] = { 0, 1, 7, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF, 0xFFFFFFF9 };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct made m = two_keys();
		size_t length;
		hive_put32(&m.f, 4096 + m.cell[1], sizes[i]);
		made_open(&m);
		struct buffer b = walked(&m.h);
		assert_true(b.length >= 11);
		const uint8_t *p = regf_cell(&m.h, m.cell[1], &length, NULL);
		assert_true(!p || p + length <= m.f.data + m.f.length);
		buffer_free(&b);
		for (uint32_t at = UINT32_MAX - 16; at > UINT32_MAX - 64; at -= 4)
			assert_null(regf_cell(&m.h, at, &length, NULL));
		made_close(&m);
	}
}

static void marvin_gives_the_published_values(void **state)
{
	(void)state;
	static const struct { const char *bytes; size_t length; uint64_t hash; } vector[] = {
		{ "", 0, UINT64_C(0x30ED35C100CD3C7D) }, { "\xAF", 1, UINT64_C(0x48E73FC77D75DDC1) }, { "\xE7\x0F", 2, UINT64_C(0xB5F6E1FC485DBFF8) },
		{ "\x37\xF4\x95", 3, UINT64_C(0xF0B07C789B8CF7E8) }, { "\x86\x42\xDC\x59", 4, UINT64_C(0x7008F2E87E9CF556) },
	};
	uint8_t all[256];
	for (size_t i = 0; i < sizeof vector / sizeof *vector; i++)
		assert_true(regf_marvin32((const uint8_t *)vector[i].bytes, vector[i].length, UINT64_C(0x004FB61A001BDBCC)) == vector[i].hash);
	for (size_t i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	assert_true(regf_marvin32(all, 256, UINT64_C(0x004FB61A001BDBCC)) == UINT64_C(0x7DFCAB33FCEAD72C));
}

/* The hive again with another first letter of the second key's name. */
static struct buffer renamed(const struct made *m, char letter)
{
	struct buffer after = { 0 };
	buffer_append(&after, m->f.data, m->f.length);
	after.data[4096 + m->cell[1] + 4 + 76] = (uint8_t)letter;
	return after;
}

static void logs_are_played_back_into_a_copy_and_only_when_they_fit(void **state)
{
	(void)state;
	struct made m = two_keys();
	struct buffer after = renamed(&m, 'z'), log = hive_log(&after, (const uint32_t[]){ 0 }, 1), before = { 0 };
	struct regf_log l = { log.data, log.length };
	assert_replayed(&m, &l, "0:ROOT 1:a 1:b ", REGF_CLEAN);          /* clean: the log is not looked at */
	base_put(&m, 4, 8);
	buffer_append(&before, m.f.data, m.f.length);
	assert_replayed(&m, &l, "0:ROOT 1:a 1:z ", REGF_REPLAYED);
	assert_int_equal(m.h.entries_applied, 1);
	assert_memory_equal(m.f.data, before.data, before.length);       /* never in place */
	/* a later state of the hive than the log's; a byte that its hash does not cover; the middle of the log gone */
	base_put(&m, 8, 9);
	base_put(&m, 4, 10);
	assert_replayed(&m, &l, "0:ROOT 1:a 1:b ", REGF_LOG_MISMATCH);
	base_put(&m, 8, 7);
	base_put(&m, 4, 8);
	log.data[512 + 200] ^= 1;
	assert_replayed(&m, &l, "0:ROOT 1:a 1:b ", REGF_LOG_MISMATCH);
	log.data[512 + 200] ^= 1;
	l.length = 2000;
	assert_replayed(&m, &l, "0:ROOT 1:a 1:b ", REGF_LOG_MISMATCH);
	made_free(&m);
	buffer_free(&before);
	buffer_free(&after);
	buffer_free(&log);
}

static void old_logs_bring_their_dirty_sectors(void **state)
{
	(void)state;
	struct made m = two_keys();
	struct buffer after = renamed(&m, 'y'), log = { 0 };
	size_t sector = (m.cell[1] + 4 + 76) / 512, bitmap = (m.f.length - 4096) / 4096, start = (512 + 4 + bitmap + 511) / 512 * 512;
	memset(buffer_reserve(&log, start + 512), 0, start + 512);
	log.length = start + 512;
	memcpy(log.data, m.f.data, 512);
	log.data[28] = 1;
	hive_checksum(&log);
	memcpy(log.data + 512, "DIRT", 4);
	log.data[516 + sector / 8] |= (uint8_t)(1 << sector % 8);
	memcpy(log.data + start, after.data + 4096 + sector * 512, 512);
	base_put(&m, 4, 8);
	struct regf_log l = { log.data, log.length };
	assert_replayed(&m, &l, "0:ROOT 1:a 1:y ", REGF_REPLAYED);
	l.length -= 1;                          /* a sector is not all there: nothing is done */
	assert_replayed(&m, &l, "0:ROOT 1:a 1:b ", REGF_LOG_MISMATCH);
	made_free(&m);
	buffer_free(&after);
	buffer_free(&log);
}

static void deleted_keys_and_values_are_found_again(void **state)
{
	(void)state;
	struct made m = two_keys();
	struct regf_key k;
	struct regf_value v;
	struct regf_deleted d;
	bool overwritten;
	made_open(&m);
	assert_true(regf_key_at(&m.h, m.h.root, &k, true));
	/* "a" goes: the list holds "b" alone, a's cells are free */
	uint32_t size = (uint32_t)-(int32_t)cursor_u32le(&(struct cursor){ .data = m.f.data, .size = m.f.length, .at = 4096 + m.cell[0] });
	hive_put32(&m.f, 4096 + m.cell[0], size);
	cell_put(&m, k.subkey_list, 4, m.cell[1]);
	m.f.data[4096 + k.subkey_list + 4 + 2] = 1;
	assert_walk(&m.h, "0:ROOT 1:b ");
	regf_deleted_start(&d, &m.h);
	assert_true(regf_deleted_key(&d, &k));
	assert_int_equal(k.cell, m.cell[0]);
	assert_true(regf_name_equals(k.name, k.name_length, k.name_latin1, "a"));
	assert_true(regf_deleted_value_at(&d, &k, 0, &v, &overwritten) && !overwritten);
	assert_true(regf_name_equals(v.name, v.name_length, v.name_latin1, "text"));
	assert_false(regf_deleted_key(&d, &k));
	/* the second one was not asked for: it belongs to no key that was gone through */
	assert_true(regf_deleted_value(&d, &v, &overwritten));
	assert_int_equal(v.name_length, 0);
	assert_false(regf_deleted_value(&d, &v, &overwritten));
	regf_deleted_end(&d);
	made_close(&m);
}

static void what_lies_behind_the_last_bin_is_the_hives_or_anothers(void **state)
{
	(void)state;
	for (unsigned own = 0; own < 2; own++) {
		struct made m = two_keys();
		struct regf_key k;
		struct regf_deleted d;
		size_t bins = m.f.length - 4096, keys = 0;
		uint8_t *copy = memory_copy(m.f.data + 4096, bins);
		buffer_append(&m.f, copy, bins);
		hive_put32(&m.f, 4096 + bins + 4, own ? (uint32_t)bins : 0x1000000);
		made_open(&m);
		assert_walk(&m.h, "0:ROOT 1:a 1:b ");
		size_t end = m.h.end;                   /* a bin that says it stands here is the hive's, whatever size that states */
		assert_int_equal(end, 4096 + (own ? 2 : 1) * bins);
		regf_deleted_start(&d, &m.h);
		while (regf_deleted_key(&d, &k)) {
			keys++;
			assert_true(k.cell >= bins);
		}
		assert_int_equal(keys, own ? 3 : 0);
		assert_int_equal(d.foreign, own ? 0 : bins);
		assert_int_equal(own ? 4096 + bins : d.foreign_at, 4096 + bins);
		regf_deleted_end(&d);
		assert_int_equal(m.h.end, end);
		free(copy);
		made_close(&m);
	}
}

static void names_of_both_kinds_become_utf8(void **state)
{
	(void)state;
	struct buffer b = { 0 };
	assert_false(regf_name(&b, (const uint8_t *)"\xE4z", 2, true));
	assert_memory_equal(b.data, "\xC3\xA4z", 3);
	buffer_clear(&b);
	assert_false(regf_name(&b, (const uint8_t *)"\xE4\0\x42\x04", 4, false));
	assert_memory_equal(b.data, "\xC3\xA4\xD1\x82", 4);
	buffer_clear(&b);
	assert_true(regf_name(&b, (const uint8_t *)"\x00\xD8", 2, false));
	assert_true(regf_name_equals((const uint8_t *)"R\0u\0n\0", 6, false, "rUN"));
	assert_false(regf_name_equals((const uint8_t *)"Run\0", 4, true, "run"));
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_values_and_times_come_back), cmocka_unit_test(list_that_leads_back_ends_and_is_told), cmocka_unit_test(index_inside_an_index_is_not_followed),
		cmocka_unit_test(counts_larger_than_their_cell_are_clipped), cmocka_unit_test(large_data_is_put_together_of_16344_bytes_each), cmocka_unit_test(data_of_all_values_is_bounded_by_the_hive),
		cmocka_unit_test(what_is_cut_off_leaves_the_rest), cmocka_unit_test(size_field_that_is_too_small_clips_nothing), cmocka_unit_test(no_cell_reaches_behind_the_end_of_a_lost_bin), cmocka_unit_test(cells_of_any_size_and_place_are_survived),
		cmocka_unit_test(marvin_gives_the_published_values), cmocka_unit_test(logs_are_played_back_into_a_copy_and_only_when_they_fit), cmocka_unit_test(old_logs_bring_their_dirty_sectors),
		cmocka_unit_test(deleted_keys_and_values_are_found_again), cmocka_unit_test(what_lies_behind_the_last_bin_is_the_hives_or_anothers), cmocka_unit_test(names_of_both_kinds_become_utf8),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
