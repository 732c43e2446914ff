/* SPDX-License-Identifier: Apache-2.0 */
/* regf.c: hives made here: what they hold comes back, what is wrong with them ends nothing; logs; deleted keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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

static struct buffer two_keys(uint32_t cell[2])
{
	struct hive_builder h = { 0 };
	uint32_t value[2] = { hive_text(&h, "text", "hello"), hive_value(&h, "", REGF_DWORD, "\x2A\0\0\0", 4) };
	cell[0] = hive_key(&h, "a", T, value, 2, NULL, 0);
	cell[1] = hive_key(&h, "b", T + 1, NULL, 0, NULL, 0);
	return hive_finish(&h, cell, 2);
}

static void keys_values_and_times_come_back(void **state)
{
	(void)state;
	uint32_t cell[2];
	struct buffer f = two_keys(cell);
	struct regf h;
	struct seen s = { 0 };
	struct regf_key k;
	struct regf_value v;
	struct buffer scratch = { 0 };
	const uint8_t *data;
	size_t length;
	uint64_t offset;
	assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
	assert_walk(&h, "0:ROOT 1:a 1:b ");
	assert_true(regf_key_at(&h, cell[0], &k, true));
	assert_true(k.written == T);
	assert_int_equal(regf_values(&h, &k), 2);
	assert_true(regf_value_at(&h, &k, 0, &v));
	assert_true(regf_name_equals(v.name, v.name_length, v.name_latin1, "TEXT"));
	assert_true(regf_data(&h, &v, &scratch, &data, &length, &offset));
	assert_int_equal(length, 12);
	assert_memory_equal(data, f.data + offset, 12);
	assert_true(regf_value_at(&h, &k, 1, &v) && v.in_cell && !v.name_length);
	assert_true(regf_data(&h, &v, &scratch, &data, &length, &offset));
	assert_int_equal(data[0], 42);
	assert_memory_equal(data, f.data + offset, 4);
	assert_int_equal(s.damages, 0);
	assert_int_equal(h.state, REGF_CLEAN);
	regf_close(&h);
	buffer_free(&f);
}

static void list_that_leads_back_ends_and_is_told(void **state)
{
	(void)state;
	uint32_t cell[2];
	struct buffer f = two_keys(cell);
	struct regf h;
	struct seen s = { 0 };
	struct regf_key root;
	assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
	assert_true(regf_key_at(&h, h.root, &root, true));
	/* b's subkeys: the root's own list */
	hive_put32(&f, 4096 + cell[1] + 4 + 20, 2);
	hive_put32(&f, 4096 + cell[1] + 4 + 28, root.subkey_list);
	assert_walk(&h, "0:ROOT 1:a 1:b ");
	assert_true(told(&s, "regf.shared"));
	regf_close(&h);
	buffer_free(&f);
	buffer_free(&s.told);
}

static void index_inside_an_index_is_not_followed(void **state)
{
	(void)state;
	struct hive_builder b = { 0 };
	uint32_t a = hive_key(&b, "a", T, NULL, 0, NULL, 0), index = hive_cell(&b, 8);
	memcpy(hive_at(&b, index), "ri\1\0", 4);
	hive_put32(&b.bins, index + 8, index);
	struct buffer f = hive_finish(&b, &a, 1);
	struct regf h;
	struct seen s = { 0 };
	assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
	hive_put32(&f, 4096 + a + 4 + 20, 1);
	hive_put32(&f, 4096 + a + 4 + 28, index);
	assert_walk(&h, "0:ROOT 1:a ");
	assert_true(told(&s, "regf.list"));
	regf_close(&h);
	buffer_free(&f);
	buffer_free(&s.told);
}

static void counts_larger_than_their_cell_are_clipped(void **state)
{
	(void)state;
	uint32_t cell[2];
	struct buffer f = two_keys(cell);
	struct regf h;
	struct seen s = { 0 };
	struct regf_key k;
	assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
	hive_put32(&f, 4096 + cell[0] + 4 + 36, 0x80000000);
	assert_true(regf_key_at(&h, cell[0], &k, true));
	assert_int_equal(regf_values(&h, &k), 3);       /* the cell is rounded up to 16 bytes: three numbers */
	assert_true(told(&s, "regf.count"));
	assert_true(regf_key_at(&h, h.root, &k, true));
	f.data[4096 + k.subkey_list + 4 + 2] = 0xFF;
	f.data[4096 + k.subkey_list + 4 + 3] = 0xFF;
	assert_walk(&h, "0:ROOT 1:a 1:b ");
	regf_close(&h);
	buffer_free(&f);
	buffer_free(&s.told);
}

static struct buffer large_data(uint32_t segments, uint32_t size, bool same, uint32_t *key)
{
	struct hive_builder b = { 0 };
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
	*key = hive_key(&b, "a", T, &value, 1, NULL, 0);
	return hive_finish(&b, key, 1);
}

static void large_data_is_put_together_of_16344_bytes_each(void **state)
{
	(void)state;
	uint32_t key;
	struct buffer f = large_data(2, 20000, false, &key), scratch = { 0 };
	struct regf h;
	struct seen s = { 0 };
	struct regf_key k;
	struct regf_value v;
	const uint8_t *data;
	size_t length;
	uint64_t offset;
	assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
	assert_true(regf_key_at(&h, key, &k, true) && regf_value_at(&h, &k, 0, &v));
	assert_true(regf_data(&h, &v, &scratch, &data, &length, &offset));
	assert_int_equal(length, 20000);
	assert_int_equal(data[16343], 'A');
	assert_int_equal(data[16344], 'B');
	assert_int_equal(data[19999], 'B');
	regf_close(&h);
	buffer_free(&f);
	/* less than stated: what is there is given, and told */
	f = large_data(2, 60000, false, &key);
	assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
	assert_true(regf_key_at(&h, key, &k, true) && regf_value_at(&h, &k, 0, &v));
	assert_false(regf_data(&h, &v, &scratch, &data, &length, &offset));
	assert_int_equal(length, 16344 + 16348);
	assert_true(told(&s, "regf.data"));
	regf_close(&h);
	buffer_free(&f);
	buffer_free(&scratch);
	buffer_free(&s.told);
}

static void data_of_all_values_is_bounded_by_the_hive(void **state)
{
	(void)state;
	uint32_t key;
	struct buffer f = large_data(8, 8 * 16344, true, &key), scratch = { 0 };
	struct regf h;
	struct seen s = { 0 };
	struct regf_key k;
	struct regf_value v;
	const uint8_t *data;
	size_t length, all = 0;
	uint64_t offset;
	assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
	assert_true(regf_key_at(&h, key, &k, true) && regf_value_at(&h, &k, 0, &v));
	while (regf_data(&h, &v, &scratch, &data, &length, &offset))
		all += length;
	assert_true(all <= 2 * f.length + REGF_DATA_MAX);
	assert_true(told(&s, "regf.data"));
	regf_close(&h);
	buffer_free(&f);
	buffer_free(&scratch);
	buffer_free(&s.told);
}

static void what_is_cut_off_leaves_the_rest(void **state)
{
	(void)state;
	uint32_t cell[2];
	struct buffer f = two_keys(cell);
	struct regf h;
	struct seen s = { 0 };
	/* only the checksum is wrong; then the signature; then half of the file is gone */
	f.data[100] ^= 1;
	assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
	assert_walk(&h, "0:ROOT 1:a 1:b ");
	assert_true(h.dirty && h.state == REGF_DIRTY_NO_LOG && told(&s, "regf.base_block"));
	regf_close(&h);
	memset(f.data, 0, 4096);
	assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
	assert_walk(&h, "0:ROOT 1:a 1:b ");
	regf_close(&h);
	assert_true(regf_open(&h, f.data, f.length - 3000, NULL, 0, &s, on_damage));
	assert_walk(&h, "0:ROOT 1:a 1:b ");
	assert_true(told(&s, "regf.truncated"));
	regf_close(&h);
	assert_false(regf_open(&h, f.data, 4096, NULL, 0, &s, on_damage));
	assert_false(regf_open(&h, f.data, 4100, NULL, 0, &s, on_damage));
	buffer_free(&f);
	buffer_free(&s.told);
}

static void size_field_that_is_too_small_clips_nothing(void **state)
{
	(void)state;
	uint32_t key;
	struct buffer f = large_data(2, 20000, false, &key);
	struct regf h;
	struct seen s = { 0 };
	hive_put32(&f, 40, 4096);
	hive_checksum(&f);
	assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
	assert_walk(&h, "0:ROOT 1:a ");
	assert_int_equal(h.end, f.length);
	regf_close(&h);
	buffer_free(&f);
	buffer_free(&s.told);
}

static void no_cell_reaches_behind_the_end_of_a_lost_bin(void **state)
{
	(void)state;
	uint32_t cell[2];
	struct buffer f = two_keys(cell);
	struct regf h;
	struct seen s = { 0 };
	struct regf_deleted d;
	size_t length;
	memset(f.data + 4096, 0, 4);
	hive_put32(&f, 40, cell[1] + 16);
	hive_put32(&f, 4096 + cell[1], 0x80000000);
	hive_put32(&f, 36, cell[1]);
	hive_checksum(&f);
	assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
	assert_int_equal(h.end, 4096 + cell[1] + 16);
	assert_non_null(regf_cell(&h, cell[0], &length, NULL));
	if (regf_cell(&h, cell[1], &length, NULL))
		assert_int_equal(length, 12);
	regf_deleted_start(&d, &h);
	regf_deleted_end(&d);
	regf_close(&h);
	buffer_free(&f);
	buffer_free(&s.told);
}

static void cells_of_any_size_and_place_are_survived(void **state)
{
	(void)state;
	uint32_t cell[2];
	static const uint32_t sizes[] = { 0, 1, 7, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF, 0xFFFFFFF9 };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct buffer f = two_keys(cell);
		struct regf h;
		struct seen s = { 0 };
		size_t length;
		hive_put32(&f, 4096 + cell[1], sizes[i]);
		assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
		struct buffer b = walked(&h);
		assert_true(b.length >= 11);
		const uint8_t *p = regf_cell(&h, cell[1], &length, NULL);
		assert_true(!p || p + length <= f.data + f.length);
		buffer_free(&b);
		for (uint32_t at = UINT32_MAX - 16; at > UINT32_MAX - 64; at -= 4)
			assert_null(regf_cell(&h, at, &length, NULL));
		regf_close(&h);
		buffer_free(&f);
		buffer_free(&s.told);
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

static void logs_are_played_back_into_a_copy_and_only_when_they_fit(void **state)
{
	(void)state;
	uint32_t cell[2];
	struct buffer before = two_keys(cell), after = { 0 }, clean = { 0 };
	struct regf h;
	struct seen s = { 0 };
	buffer_append(&after, before.data, before.length);
	after.data[4096 + cell[1] + 4 + 76] = 'z';
	struct buffer log = hive_log(&after, (const uint32_t[]){ 0 }, 1);
	struct regf_log l = { log.data, log.length };
	/* clean: the log is not looked at */
	assert_true(regf_open(&h, before.data, before.length, &l, 1, &s, on_damage));
	assert_walk(&h, "0:ROOT 1:a 1:b ");
	regf_close(&h);
	hive_put32(&before, 4, 8);
	hive_checksum(&before);
	buffer_append(&clean, before.data, before.length);
	assert_true(regf_open(&h, before.data, before.length, &l, 1, &s, on_damage));
	assert_walk(&h, "0:ROOT 1:a 1:z ");
	assert_int_equal(h.state, REGF_REPLAYED);
	assert_int_equal(h.entries_applied, 1);
	assert_memory_equal(before.data, clean.data, clean.length);      /* never in place */
	regf_close(&h);
	/* a later state of the hive than the log's; a byte that its hash does not cover; the middle of the log gone */
	hive_put32(&before, 8, 9);
	hive_put32(&before, 4, 10);
	hive_checksum(&before);
	assert_true(regf_open(&h, before.data, before.length, &l, 1, &s, on_damage));
	assert_walk(&h, "0:ROOT 1:a 1:b ");
	assert_int_equal(h.state, REGF_LOG_MISMATCH);
	regf_close(&h);
	log.data[512 + 200] ^= 1;
	assert_true(regf_open(&h, clean.data, clean.length, &l, 1, &s, on_damage));
	assert_walk(&h, "0:ROOT 1:a 1:b ");
	assert_int_equal(h.state, REGF_LOG_MISMATCH);
	regf_close(&h);
	log.data[512 + 200] ^= 1;
	l.length = 2000;
	assert_true(regf_open(&h, clean.data, clean.length, &l, 1, &s, on_damage));
	assert_walk(&h, "0:ROOT 1:a 1:b ");
	regf_close(&h);
	buffer_free(&before);
	buffer_free(&after);
	buffer_free(&clean);
	buffer_free(&log);
	buffer_free(&s.told);
}

static void old_logs_bring_their_dirty_sectors(void **state)
{
	(void)state;
	uint32_t cell[2];
	struct buffer before = two_keys(cell), log = { 0 };
	struct regf h;
	struct seen s = { 0 };
	size_t sector = (cell[1] + 4 + 76) / 512, bitmap = (before.length - 4096) / 4096, start = (512 + 4 + bitmap + 511) / 512 * 512;
	memset(buffer_reserve(&log, start + 512), 0, start + 512);
	log.length = start + 512;
	memcpy(log.data, before.data, 512);
	log.data[28] = 1;
	hive_checksum(&log);
	memcpy(log.data + 512, "DIRT", 4);
	log.data[516 + sector / 8] |= (uint8_t)(1 << sector % 8);
	memcpy(log.data + start, before.data + 4096 + sector * 512, 512);
	log.data[start + (cell[1] + 4 + 76) % 512] = 'y';
	hive_put32(&before, 4, 8);
	hive_checksum(&before);
	struct regf_log l = { log.data, log.length };
	assert_true(regf_open(&h, before.data, before.length, &l, 1, &s, on_damage));
	assert_walk(&h, "0:ROOT 1:a 1:y ");
	assert_int_equal(h.state, REGF_REPLAYED);
	regf_close(&h);
	l.length -= 1;                          /* a sector is not all there: nothing is done */
	assert_true(regf_open(&h, before.data, before.length, &l, 1, &s, on_damage));
	assert_walk(&h, "0:ROOT 1:a 1:b ");
	regf_close(&h);
	buffer_free(&before);
	buffer_free(&log);
	buffer_free(&s.told);
}

static void deleted_keys_and_values_are_found_again(void **state)
{
	(void)state;
	uint32_t cell[2];
	struct buffer f = two_keys(cell);
	struct regf h;
	struct seen s = { 0 };
	struct regf_key k;
	struct regf_value v;
	struct regf_deleted d;
	bool overwritten;
	assert_true(regf_open(&h, f.data, f.length, NULL, 0, &s, on_damage));
	assert_true(regf_key_at(&h, h.root, &k, true));
	/* "a" goes: the list holds "b" alone, a's cells are free */
	uint32_t size = (uint32_t)-(int32_t)cursor_u32le(&(struct cursor){ .data = f.data, .size = f.length, .at = 4096 + cell[0] });
	hive_put32(&f, 4096 + cell[0], size);
	hive_put32(&f, 4096 + k.subkey_list + 8, cell[1]);
	f.data[4096 + k.subkey_list + 4 + 2] = 1;
	assert_walk(&h, "0:ROOT 1:b ");
	regf_deleted_start(&d, &h);
	assert_true(regf_deleted_key(&d, &k));
	assert_int_equal(k.cell, cell[0]);
	assert_true(regf_name_equals(k.name, k.name_length, k.name_latin1, "a"));
	assert_true(regf_deleted_value_at(&d, &k, 0, &v, &overwritten) && !overwritten);
	assert_true(regf_name_equals(v.name, v.name_length, v.name_latin1, "text"));
	assert_false(regf_deleted_key(&d, &k));
	/* the second one was not asked for: it belongs to no key that was gone through */
	assert_true(regf_deleted_value(&d, &v, &overwritten));
	assert_int_equal(v.name_length, 0);
	assert_false(regf_deleted_value(&d, &v, &overwritten));
	regf_deleted_end(&d);
	regf_close(&h);
	buffer_free(&f);
	buffer_free(&s.told);
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
		cmocka_unit_test(deleted_keys_and_values_are_found_again), cmocka_unit_test(names_of_both_kinds_become_utf8),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
