/* SPDX-License-Identifier: Apache-2.0 */
/* lvm.c: physical volumes built in memory: linear, striped, missing, damaged, and what must not be believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "format/format.h"

extern const struct format format_lvm;

enum { SIZE = 1 << 20, MDA = 4096, RING = 60 * 1024, PE = 128 * 512, EXTENT = 8 * 512 };
#define OWN "aaaaaa-bbbb-cccc-dddd-eeee-ffff-gggggg"
#define OTHER "zzzzzz-bbbb-cccc-dddd-eeee-ffff-gggggg"

struct media {
	uint8_t bytes[SIZE];
	struct source *source;
	struct reporter report;
	char said[4096];
};

static void on_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)step, (void)offset, (void)length, (void)message;
	struct media *m = (struct media *)(void *)((char *)r - offsetof(struct media, report));
	size_t n = strlen(m->said);
	snprintf(m->said + n, sizeof m->said - n, "%s:%s ", class, kind);
}

static void put(uint8_t *at, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t sum(const void *bytes, size_t length)
{
	return ~hash_crc32(~UINT32_C(0xf597a6cf), bytes, length);
}

/* The text goes to `at` of the ring, around its end where it must; the header points there. */
static void text_put(struct media *m, const char *text, size_t at)
{
	size_t length = strlen(text) + 1;
	uint8_t *h = m->bytes + MDA;
	for (size_t i = 0; i < length; i++) {
		size_t to = at + i;
		if (to >= RING)
			to = to - RING + 512;
		h[to] = (uint8_t)text[i];
	}
	memcpy(h + 4, " LVM2 x[5A%r0N*>", 16);
	put(h + 20, 1, 4);
	put(h + 24, MDA, 8);
	put(h + 32, RING, 8);
	put(h + 40, at, 8);
	put(h + 48, length, 8);
	put(h + 56, sum(text, length), 4);
	put(h, sum(h + 4, 508), 4);
}

static struct media *media_new(void)
{
	struct media *m = memory_new(sizeof *m);
	uint8_t *l = m->bytes + 512;
	for (size_t i = PE; i < SIZE; i++)
		m->bytes[i] = (uint8_t)(i / 512);
	memcpy(l, "LABELONE", 8);
	put(l + 20, 32, 4);
	memcpy(l + 24, "LVM2 001", 8);
	memcpy(l + 32, "aaaaaabbbbccccddddeeeeffffgggggg", 32);
	put(l + 64, SIZE, 8);
	put(l + 72, PE, 8);
	put(l + 72 + 32, MDA, 8);
	put(l + 72 + 40, RING, 8);
	put(l + 16, sum(l + 20, 492), 4);
	m->source = source_of_memory(m->bytes, SIZE, false);
	m->report.error = on_error;
	return m;
}

static void media_free(struct media *m)
{
	source_close(m->source);
	free(m);
}

static const char *group(unsigned sequence, const char *volumes)
{
	static char text[8192];
	snprintf(text, sizeof text, "# made\nvg {\nid = \"x\"\nseqno = %u\nstatus = [\"READ\", \"WRITE\"]\nextent_size = 8\nphysical_volumes {\npv0 {\nid = \"" OWN "\"\npe_start = 128\n}\npv1 {\nid = \"" OTHER "\"\npe_start = 128\n}\n}\nlogical_volumes {\n%s\n}\n}\n", sequence, volumes);
	return text;
}

#define VISIBLE "status = [\"READ\", \"VISIBLE\"]\n"
#define LINEAR(name, pv, extent) name " {\n" VISIBLE "segment_count = 1\nsegment1 {\nstart_extent = 0\nextent_count = 2\ntype = \"striped\"\nstripe_count = 1\nstripes = [\"" pv "\", " extent "]\n}\n}\n"

static struct container *open_it(struct media *m)
{
	return format_open(&format_lvm, &(struct opening){ .source = m->source, .report = &m->report });
}

static struct source *content(struct container *c, const char *name, struct node *n)
{
	struct locator_step step = { .name = { name, strlen(name) } };
	return format_lvm.find(c, &step, n) ? format_content(c, n) : NULL;
}

static void a_linear_volume_is_where_its_extents_are(void **state)
{
	(void)state;
	struct media *m = media_new();
	text_put(m, group(3, LINEAR("root", "pv0", "5")), 512);
	struct probe p = { .source = m->source, .head = m->bytes, .head_length = PROBE_HEAD };
	assert_int_equal(format_lvm.probe(&p), 128);
	struct container *c = open_it(m);
	struct node n;
	assert_non_null(c);
	struct source *s = content(c, "/root", &n);
	assert_non_null(s);
	assert_int_equal(s->size, 2 * EXTENT);
	uint8_t byte;
	source_read_at(s, 0, &byte, 1, NULL);
	assert_int_equal(byte, (uint8_t)((PE + 5 * EXTENT) / 512));
	source_close(s);
	/* the gaps and the volume are the whole media */
	uint64_t all = 0;
	while (c->format->next(c, &n) == 1)
		all += n.size;
	assert_int_equal(all, SIZE);
	assert_string_equal(m->said, "");
	format_close(c);
	media_free(m);
}

static void stripes_alternate(void **state)
{
	(void)state;
	struct media *m = media_new();
	text_put(m, group(1, "s {\n" VISIBLE "segment_count = 2\nsegment1 {\nstart_extent = 0\nextent_count = 4\ntype = \"striped\"\nstripe_count = 2\nstripe_size = 2\nstripes = [\n\"pv0\", 0,\n\"pv0\", 10\n]\n}\n"
		"segment2 {\nstart_extent = 4\nextent_count = 1\ntype = \"linear\"\nstripe_count = 1\nstripes = [\"pv0\", 20]\n}\n}\n"), 512);
	struct container *c = open_it(m);
	struct node n;
	struct source *s = content(c, "/s", &n);
	assert_non_null(s);
	assert_int_equal(s->size, 5 * EXTENT);
	uint8_t got[5 * EXTENT];
	bool taint = false;
	for (size_t at = 0; at < sizeof got; at += 700)
		source_read_at(s, at, got + at, sizeof got - at < 700 ? sizeof got - at : 700, &taint);
	assert_false(taint);
	for (size_t at = 0; at < 4 * EXTENT; at += 512) {
		size_t chunk = at / 1024, place = PE + (chunk % 2 ? 10 : 0) * EXTENT + chunk / 2 * 1024 + at % 1024;
		assert_int_equal(got[at], (uint8_t)(place / 512));
	}
	assert_int_equal(got[4 * EXTENT], (uint8_t)((PE + 20 * EXTENT) / 512));
	assert_string_equal(m->said, "");
	source_close(s);
	format_close(c);
	media_free(m);
}

static void a_part_elsewhere_is_missing_and_unreadable(void **state)
{
	(void)state;
	struct media *m = media_new();
	text_put(m, group(1, LINEAR("here", "pv0", "0") LINEAR("away", "pv1", "0")), 512);
	struct container *c = open_it(m);
	struct node n;
	bool taint = false;
	uint8_t byte;
	struct source *s = content(c, "/away", &n);
	assert_non_null(s);
	assert_string_equal(n.flags[0], "incomplete");
	source_read_at(s, 0, &byte, 1, &taint);
	assert_true(taint);
	source_close(s);
	assert_string_equal(m->said, "missing:lvm.physical ");
	s = content(c, "/here", &n);
	assert_int_equal(n.flag_count, 0);
	source_close(s);
	format_close(c);
	media_free(m);
}

static void other_mappings_are_told_and_their_parts_listed(void **state)
{
	(void)state;
	struct media *m = media_new();
	text_put(m, group(1, "thin {\n" VISIBLE "segment_count = 1\nsegment1 {\nstart_extent = 0\nextent_count = 2\ntype = \"thin\"\nthin_pool = \"pool\"\n}\n}\npool_tdata {\nstatus = [\"READ\"]\nsegment_count = 1\nsegment1 {\nstart_extent = 0\nextent_count = 2\ntype = \"striped\"\nstripe_count = 1\nstripes = [\"pv0\", 3]\n}\n}\n"), 512);
	struct container *c = open_it(m);
	struct node n;
	assert_null(content(c, "/thin", &n));
	struct source *s = content(c, "/pool_tdata", &n);
	assert_non_null(s);
	assert_string_equal(n.flags[0], "internal");
	assert_string_equal(m->said, "unsupported:lvm.segment ");
	source_close(s);
	format_close(c);
	media_free(m);
}

static void a_mirror_is_what_its_whole_leg_is(void **state)
{
	(void)state;
#define LEG(name, pv, extent) name " {\nstatus = [\"READ\"]\nsegment_count = 1\nsegment1 {\nstart_extent = 0\nextent_count = 2\ntype = \"striped\"\nstripe_count = 1\nstripes = [\"" pv "\", " extent "]\n}\n}\n"
#define MIRROR(type, list) "m {\n" VISIBLE "segment_count = 1\nsegment1 {\nstart_extent = 0\nextent_count = 2\ntype = \"" type "\"\n" list "\n}\n}\n"
	static const char *const volumes[] = {
		MIRROR("raid1", "device_count = 2\nraids = [\"m_rmeta_0\", \"m_0\", \"m_rmeta_1\", \"m_1\"]") LEG("m_0", "pv1", "0") LEG("m_1", "pv0", "5"),
		MIRROR("mirror", "mirror_count = 2\nmirrors = [\"m_0\", 0, \"m_1\", 0]") LEG("m_0", "pv1", "0") LEG("m_1", "pv0", "5"),
	};
	for (size_t i = 0; i < sizeof volumes / sizeof *volumes; i++) {
		struct media *m = media_new();
		text_put(m, group(1, volumes[i]), 512);
		struct container *c = open_it(m);
		struct node n;
		uint8_t byte;
		bool taint = false;
		struct source *s = content(c, "/m", &n);
		assert_non_null(s);
		assert_int_equal(s->size, 2 * EXTENT);
		source_read_at(s, 0, &byte, 1, &taint);
		assert_int_equal(byte, (uint8_t)((PE + 5 * EXTENT) / 512));
		assert_false(taint);
		source_close(s);
		/* the leg that is missing is told; the legs are not listed besides, and can be opened */
		assert_string_equal(m->said, "missing:lvm.physical ");
		unsigned listed = 0;
		while (c->format->next(c, &n) == 1)
			listed += n.kind == NODE_VOLUME;
		assert_int_equal(listed, 1);
		source_close(content(c, "/m_1", &n));
		assert_int_equal(n.size, 2 * EXTENT);
		format_close(c);
		media_free(m);
	}
	struct media *m = media_new();
	text_put(m, group(1, MIRROR("raid1", "raids = [\"m_rmeta_0\", \"m_0\"]")), 512);
	struct container *c = open_it(m);
	struct node n;
	assert_null(content(c, "/m", &n));
	assert_string_equal(m->said, "damage:lvm.mirror ");
	format_close(c);
	media_free(m);
}

/* Two physical volumes of one disk: each is opened with the other beside it. */
struct pair { struct beside beside; struct media *other; };

static size_t pair_volumes(struct beside *b, struct source **out, size_t most)
{
	struct pair *p = (struct pair *)b;
	assert_true(most >= 2);
	out[0] = source_of_memory("no physical volume", 18, false);
	out[1] = source_window(p->other->source, 0, SIZE);
	return 2;
}

static void a_group_is_put_together_from_its_physical_volumes(void **state)
{
	(void)state;
	const char *volumes = LINEAR("own", "pv0", "1") LINEAR("theirs", "pv1", "1")
		"both {\n" VISIBLE "segment_count = 2\nsegment1 {\nstart_extent = 0\nextent_count = 2\ntype = \"striped\"\nstripe_count = 1\nstripes = [\"pv0\", 4]\n}\n"
		"segment2 {\nstart_extent = 2\nextent_count = 2\ntype = \"striped\"\nstripe_count = 2\nstripe_size = 2\nstripes = [\"pv1\", 7, \"pv0\", 8]\n}\n}\n";
	struct media *first = media_new(), *second = media_new();
	memcpy(second->bytes + 512 + 32, "zzzzzzbbbbccccddddeeeeffffgggggg", 32);
	for (size_t i = PE; i < SIZE; i++)
		second->bytes[i] = (uint8_t)~(i / 512);
	text_put(first, group(2, volumes), 512);
	/* the second one keeps no text of its own */
	memset(second->bytes + 512 + 72 + 32, 0, 16);
	put(second->bytes + 512 + 16, sum(second->bytes + 512 + 20, 492), 4);
	struct pair one = { { pair_volumes }, second }, two = { { pair_volumes }, first };
	struct container *c = format_open(&format_lvm, &(struct opening){ .source = first->source, .report = &first->report, .beside = &one.beside });
	struct node n;
	assert_non_null(c);
	static const char *const given[] = { "lvm:/own", "lvm:/both" };
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(c->format->next(c, &n), 1);
		assert_string_equal(n.step, given[i]);
		assert_int_equal(n.flag_count, 0);
	}
	assert_int_equal(c->format->next(c, &n), 1);
	assert_int_equal(n.kind, NODE_UNALLOCATED);
	struct source *s = content(c, "/both", &n);
	assert_non_null(s);
	uint8_t got[4 * EXTENT];
	bool taint = false;
	assert_int_equal(source_read_at(s, 0, got, sizeof got, &taint), sizeof got);
	assert_false(taint);
	for (size_t at = 0; at < sizeof got; at += 512) {
		size_t in = at - 2 * EXTENT, chunk = in / 1024;
		uint8_t wanted = at < 2 * EXTENT ? (uint8_t)((PE + 4 * EXTENT + at) / 512)
			: chunk % 2 ? (uint8_t)((PE + 8 * EXTENT + chunk / 2 * 1024 + in % 1024) / 512) : (uint8_t)~((PE + 7 * EXTENT + chunk / 2 * 1024 + in % 1024) / 512);
		assert_int_equal(got[at], wanted);
	}
	source_close(s);
	format_close(c);
	c = format_open(&format_lvm, &(struct opening){ .source = second->source, .report = &second->report, .beside = &two.beside });
	assert_non_null(c);
	assert_int_equal(c->format->next(c, &n), 1);
	assert_string_equal(n.step, "lvm:/theirs");
	assert_int_equal(c->format->next(c, &n), 1);
	assert_int_equal(n.kind, NODE_UNALLOCATED);
	assert_string_equal(first->said, "");
	assert_string_equal(second->said, "");
	format_close(c);
	media_free(first);
	media_free(second);
}

static void a_text_goes_around_the_end_of_its_ring(void **state)
{
	(void)state;
	struct media *m = media_new();
	text_put(m, group(9, LINEAR("root", "pv0", "5")), RING - 100);
	struct container *c = open_it(m);
	struct node n;
	assert_non_null(c);
	source_close(content(c, "/root", &n));
	assert_int_equal(n.size, 2 * EXTENT);
	assert_string_equal(m->said, "");
	format_close(c);
	media_free(m);
}

static void an_older_text_serves_when_the_current_is_damaged(void **state)
{
	(void)state;
	struct media *m = media_new();
	text_put(m, group(4, LINEAR("older", "pv0", "1")), 512);
	text_put(m, group(5, LINEAR("newer", "pv0", "2")), 4096);
	m->bytes[MDA + 4096 + 20] ^= 0x80;
	m->bytes[MDA + 4096 + 30] = 0;
	struct container *c = open_it(m);
	struct node n;
	assert_non_null(c);
	struct source *s = content(c, "/older", &n);
	assert_non_null(s);
	assert_string_equal(m->said, "damage:lvm.metadata damage:lvm.metadata ");
	source_close(s);
	format_close(c);
	media_free(m);
}

static void what_can_t_be_true_is_damage(void **state)
{
	(void)state;
	static const struct { const char *volumes, *said; } rows[] = {
		{ "a%2f..%2f {\n}\n", NULL },
		{ "big {\n" VISIBLE "segment_count = 1\nsegment1 {\nstart_extent = 0\nextent_count = 18446744073709551615\ntype = \"striped\"\nstripe_count = 1\nstripes = [\"pv0\", 0]\n}\n}\n", "damage:lvm.segment " },
		{ "far {\n" VISIBLE "segment_count = 1\nsegment1 {\nstart_extent = 0\nextent_count = 1\ntype = \"striped\"\nstripe_count = 1\nstripes = [\"pv0\", 18446744073709551615]\n}\n}\n", "damage:lvm.segment " },
		{ "many {\n" VISIBLE "segment_count = 4000000\nsegment1 {\n}\n}\n", "damage:lvm.segments " },
		{ "hole {\n" VISIBLE "segment_count = 1\nsegment1 {\nstart_extent = 1\nextent_count = 1\ntype = \"striped\"\nstripe_count = 1\nstripes = [\"pv0\", 0]\n}\n}\n", "damage:lvm.segment " },
		{ "few {\n" VISIBLE "segment_count = 1\nsegment1 {\nstart_extent = 0\nextent_count = 2\ntype = \"striped\"\nstripe_count = 2\nstripe_size = 2\nstripes = [\"pv0\", 0]\n}\n}\n", "damage:lvm.segment " },
		{ LINEAR("twin", "pv0", "0") LINEAR("twin", "pv0", "1"), "damage:lvm.name " },
		{ "deep {\na {\na {\na {\na {\na {\na {\na {\na {\na {\na {\na {\na {\na {\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n}\n", NULL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct media *m = media_new();
		text_put(m, group(1, rows[i].volumes), 512);
		struct container *c = open_it(m);
		if (rows[i].said) {
			assert_non_null(c);
			assert_string_equal(m->said, rows[i].said);
		} else {
			assert_null(c);
			assert_non_null(strstr(m->said, "damage:lvm.metadata"));
		}
		format_close(c);
		media_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_linear_volume_is_where_its_extents_are),
		cmocka_unit_test(stripes_alternate),
		cmocka_unit_test(a_part_elsewhere_is_missing_and_unreadable),
		cmocka_unit_test(other_mappings_are_told_and_their_parts_listed),
		cmocka_unit_test(a_mirror_is_what_its_whole_leg_is),
		cmocka_unit_test(a_group_is_put_together_from_its_physical_volumes),
		cmocka_unit_test(a_text_goes_around_the_end_of_its_ring),
		cmocka_unit_test(an_older_text_serves_when_the_current_is_damaged),
		cmocka_unit_test(what_can_t_be_true_is_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
