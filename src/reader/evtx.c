/* SPDX-License-Identifier: Apache-2.0 */
/* evtx.c: the file, its chunks and records; templates found, checked, kept; what is left behind is looked at again at the end.
 *
 * Layout by libevtx's public description and MS-EVEN6: a file header of 4096 bytes, then blocks of 64 KiB. Chunks are walked by the file's size, never by the header's
 * count (10 of 839 logs measured have more than they say). A record is `2A 2A 00 00`, size, id, time, binary XML, size again. All offsets are relative to the chunk.
 * Traps: behind `free` lie older or not yet flushed records whose templates may be overwritten: a definition is only believed when its GUID begins with
 * the id that the instance names. Then one with that id from elsewhere in the file serves, which is why such records come last. */
#include "reader/evtx_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/hash.h"

enum {
	CHUNK_HEADER = 512, RECORD_HEADER = 24, RECORD_LEAST = 28, PADDING_MOST = 7, DEFINITION_HEADER = 24, SECTOR = 512,
	CACHE_MOST = 16 << 20, BANK_MOST = 16 << 20, SEEN_MOST = 1 << 21, DEFERRED_MOST = 1 << 22, PLACES_MOST = EVTX_PLACES / 2,
};
#define YEAR_2006 UINT64_C(127805472000000000)
#define YEAR_2100 UINT64_C(157469184000000000)
static const uint8_t CHUNK_MAGIC[8] = "ElfChnk", FILE_MAGIC[8] = "ElfFile", RECORD_MAGIC[4] = { 0x2a, 0x2a, 0, 0 };

static inline uint32_t u32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t u64(const uint8_t *p)
{
	return u32(p) | (uint64_t)u32(p + 4) << 32;
}

/* ---- templates */

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t hash_bytes(const uint8_t *p, size_t length)
{
	uint64_t h = length, w;
	for (; length >= 8; p += 8, length -= 8) {
		memcpy(&w, p, 8);
		h = mix(h, w);
	}
	w = 0;
	if (length)
		memcpy(&w, p, length);
	return mix(h, w);
}

static void cache_clear(struct evtx *e)
{
	memset(e->bucket, 0, sizeof e->bucket);
	arena_reset(&e->cache_arena);
	e->generation++;
}

static struct evtx_program *bank_find(const struct evtx *e, uint32_t id)
{
	for (struct evtx_program *p = e->bank[mix(id, 0) % EVTX_BUCKETS]; p; p = p->next)
		if (u32(p->guid) == id)
			return p;
	return NULL;
}

static struct evtx_program *compile(struct evtx *e, struct arena *arena, size_t definition, size_t size, const char **wrong)
{
	size_t at = definition + DEFINITION_HEADER;
	struct evtx_program *p = evtx_compile(arena, e->data, e->length, at + 4, at + size, true, wrong);
	if (!p)
		return NULL;
	memcpy(p->guid, e->data + definition + 4, 16);
	p->bytes = arena_copy(arena, e->data + at, size);
	p->size = (uint32_t)size;
	p->position = (uint32_t)definition;
	return p;
}

static void bank_add(struct evtx *e, uint32_t id, size_t definition, size_t size)
{
	const char *wrong;
	if (e->bank_arena.used > BANK_MOST || bank_find(e, id))
		return;
	struct evtx_program *p = compile(e, &e->bank_arena, definition, size, &wrong);
	if (!p)
		return;
	p->next = e->bank[mix(id, 0) % EVTX_BUCKETS];
	e->bank[mix(id, 0) % EVTX_BUCKETS] = p;
}

/* The program of the definition at an offset of the chunk, or NULL when there is none that fits the id. */
static struct evtx_program *template_at(struct evtx *e, uint32_t definition, uint32_t id, const char **wrong)
{
	struct evtx_place *place = NULL;
	for (uint32_t n = 0, slot = definition * 2654435761u >> 22; n < EVTX_PLACES; n++, slot = (slot + 1) % EVTX_PLACES) {
		place = &e->place[slot];
		if (place->stamp != e->stamp)
			break;
		if (place->offset == definition) {
			if (place->program && u32(place->program->guid) == id)
				return place->program;
			*wrong = "its template is gone";
			return NULL;
		}
	}
	struct cursor c = cursor_of(e->data, e->length, 0);
	c.at = definition;
	cursor_skip(&c, 4);
	const uint8_t *guid = cursor_bytes(&c, 16);
	uint32_t size = cursor_u32le(&c);
	const uint8_t *bytes = cursor_bytes(&c, size);
	if (c.bad || u32(guid) != id || size < 5 || bytes[0] != 0x0f) {
		*wrong = "its template is gone";
		return NULL;
	}
	uint64_t hash = hash_bytes(bytes, size);
	struct evtx_program *p = e->bucket[hash % EVTX_BUCKETS];
	for (; p; p = p->next)
		if (p->hash == hash && p->size == size && (!p->inside || p->position == definition) && memcmp(p->guid, guid, 16) == 0 && memcmp(p->bytes, bytes, size) == 0 &&
		    evtx_same_names(p, e->data, e->length))
			break;
	if (!p) {
		p = compile(e, &e->cache_arena, definition, size, wrong);
		if (p) {
			e->counts.templates++;
			p->hash = hash;
			p->next = e->bucket[hash % EVTX_BUCKETS];
			e->bucket[hash % EVTX_BUCKETS] = p;
			bank_add(e, id, definition, size);
		}
	}
	if (e->places < PLACES_MOST) {
		*place = (struct evtx_place){ e->stamp, definition, p };
		e->places++;
	}
	return p;
}

bool evtx_instance_read(struct evtx *e, size_t at, size_t end, struct evtx_value *value, struct evtx_instance *i, unsigned *marks)
{
	*i = (struct evtx_instance){ .value = value };
	if (end > e->length || at > end || end - at < 14) {
		i->wrong = "a template instance is cut off";
		return false;
	}
	const uint8_t *p = e->data + at;
	uint32_t id = u32(p + 2), definition = u32(p + 6);
	size_t v = at + 10;
	const char *wrong = "its template is gone";
	i->program = definition < e->length ? template_at(e, definition, id, &wrong) : NULL;
	if (definition == v) {
		size_t left = end - v;
		uint32_t size = left >= DEFINITION_HEADER ? u32(e->data + v + 20) : UINT32_MAX;
		if (left < DEFINITION_HEADER + 4u || size > left - DEFINITION_HEADER - 4) {
			i->wrong = "a template is longer than its record";
			return false;
		}
		v += DEFINITION_HEADER + size;
	}
	if (!i->program) {
		i->program = bank_find(e, id);
		i->wrong = wrong;
		*marks |= EVTX_BAD_TEMPLATE;
	}
	/* one pass over the descriptors; from here on all arithmetic stays below end */
	uint32_t count = u32(e->data + v);
	size_t left = end - v - 4;
	if (count > EVTX_VALUES_MOST || count > left / 4) {
		i->wrong = "more values than fit its record";
		return false;
	}
	const uint8_t *d = e->data + v + 4, *from = d + 4 * (size_t)count, *limit = e->data + end;
	for (uint32_t n = 0; n < count; n++, d += 4) {
		size_t size = d[0] | (size_t)d[1] << 8;
		if (size > (size_t)(limit - from)) {
			i->wrong = "a value is longer than its record";
			*marks |= EVTX_BROKEN;
			size = (size_t)(limit - from);
		}
		value[n] = (struct evtx_value){ from, (uint32_t)size, (d[2] & 0x7f) == EVTX_UTF8 ? EVTX_BINARY : d[2] };        /* that one is ours alone */
		from += size;
	}
	i->values = count;
	i->after = (size_t)(from - e->data);
	return true;
}

bool evtx_fragment_read(struct evtx *e, size_t at, size_t end, struct evtx_value *value, struct evtx_instance *i, unsigned *marks)
{
	*i = (struct evtx_instance){ .value = value };
	if (end > e->length || at >= end)
		return true;                    /* empty: nothing to tell */
	if (e->data[at] == 0x0f)
		at += 4;
	if (at >= end) {
		i->wrong = "a fragment is cut off";
		return false;
	}
	if (e->data[at] == 0x0c)
		return evtx_instance_read(e, at, end, value, i, marks);
	if (e->data[at] == 0)
		return true;
	/* elements without a template carry no dependency id; where that can't be read, the other way may be */
	const char *other;
	i->program = evtx_compile(&e->scratch, e->data, e->length, at, end, false, &i->wrong);
	if (!i->program)
		i->program = evtx_compile(&e->scratch, e->data, e->length, at, end, true, &other);
	if (!i->program)
		return false;
	i->wrong = NULL;
	i->after = at + i->program->consumed;
	return true;
}

/* ---- blocks */

static bool all_zero(const uint8_t *p, size_t length)
{
	return !length || (p[0] == 0 && memcmp(p, p + 1, length - 1) == 0);
}

/* A chunk's signature at a sector border in [from, length); length when there is none. */
static size_t find_chunk(const uint8_t *data, size_t from, size_t length)
{
	for (size_t at = (from + SECTOR - 1) / SECTOR * SECTOR; at + sizeof CHUNK_MAGIC <= length; at += SECTOR)
		if (memcmp(data + at, CHUNK_MAGIC, sizeof CHUNK_MAGIC) == 0)
			return at;
	return length;
}

/* Signature, size, bounds and the size's copy: the length of a record that stands there, or 0. */
static uint32_t record_at(const struct evtx *e, size_t at, size_t end)
{
	if (at > end || end - at < RECORD_LEAST || memcmp(e->data + at, RECORD_MAGIC, 4) != 0)
		return 0;
	uint32_t size = u32(e->data + at + 4);
	return size >= RECORD_LEAST && size <= end - at && u32(e->data + at + size - 4) == size ? size : 0;
}

static size_t next_signature(const struct evtx *e, size_t at, size_t end)
{
	while (at < end) {
		const uint8_t *p = memchr(e->data + at, RECORD_MAGIC[0], end - at);
		if (!p)
			break;
		at = (size_t)(p - e->data);
		if (end - at >= 4 && memcmp(p, RECORD_MAGIC, 4) == 0)
			return at;
		at++;
	}
	return end;
}

static void defer(struct evtx *e, size_t at, unsigned marks)
{
	struct evtx_deferred d = { .base = e->base, .at = (uint32_t)at, .marks = marks };
	if (e->deferred.length >= DEFERRED_MOST * sizeof d) {
		e->counts.left_out++;
		return;
	}
	buffer_append(&e->deferred, &d, sizeof d);
}

static void load(struct evtx *e, uint64_t base)
{
	uint64_t left = e->size - base;
	size_t want = left < EVTX_CHUNK ? (size_t)left : EVTX_CHUNK;
	e->base = base;
	if (e->source->memory) {
		e->data = e->source->memory + base;
		e->length = want;
	} else {
		if (!e->room)
			e->room = memory_new(EVTX_CHUNK);
		e->length = source_read_at(e->source, base, e->room, want, e->taint);
		e->data = e->room;
	}
	e->stamp++;
	e->places = 0;
	if (e->cache_arena.used > CACHE_MOST)
		cache_clear(e);
}

static void chunk_header(struct evtx *e)
{
	struct cursor c = cursor_of(e->data, e->length, e->base);
	c.at = 24;
	e->first_id = cursor_u64le(&c);                         /* 24 */
	e->last_id = cursor_u64le(&c);                          /* 32 */
	c.at = 48;
	uint32_t live = cursor_u32le(&c), data_sum = cursor_u32le(&c);  /* 48, 52 */
	c.at = 120;
	uint32_t flags = cursor_u32le(&c), header_sum = cursor_u32le(&c);       /* 120, 124 */
	bool whole = live >= CHUNK_HEADER && live <= e->length;
	e->live_end = live < CHUNK_HEADER ? CHUNK_HEADER : whole ? live : e->length;
	struct evtx_chunk_info info = { .offset = e->base, .first_id = e->first_id, .last_id = e->last_id, .flags = flags };
	if (!(flags & 4)) {
		info.data_bad = !whole || hash_crc32(0, e->data + CHUNK_HEADER, live - CHUNK_HEADER) != data_sum;
		info.header_bad = c.bad || e->length < CHUNK_HEADER || hash_crc32(hash_crc32(0, e->data, 120), e->data + 128, CHUNK_HEADER - 128) != header_sum;
	}
	e->block_marks = info.data_bad || info.header_bad ? EVTX_CHECKSUM : 0;
	e->counts.chunks++;
	e->counts.checksums_bad += e->block_marks != 0;
	if (e->on_chunk)
		e->on_chunk(e->owner, &info);
}

/* Takes the next block in hand; false at the end of the file. */
static bool block_next(struct evtx *e)
{
	while (e->next_base < e->size) {
		load(e, e->next_base);
		e->hidden_at = e->hidden_end = 0;
		e->magic = e->length >= sizeof CHUNK_MAGIC && memcmp(e->data, CHUNK_MAGIC, sizeof CHUNK_MAGIC) == 0;
		if (!e->magic) {
			/* a chunk that does not stand where it should (carved, something cut out before it) is a block of its own */
			size_t next = find_chunk(e->data, SECTOR, e->length);
			e->next_base = e->base + next;
			e->length = next;
			if (!e->length || all_zero(e->data, e->length))
				continue;
			e->counts.chunks_without_magic++;
			e->block_marks = EVTX_ORPHAN;
			e->at = e->live_end = 0;
		} else {
			chunk_header(e);
			e->length = find_chunk(e->data, e->live_end > SECTOR ? e->live_end : SECTOR, e->length);        /* its tail is missing, and the next one follows at once */
			if (e->live_end > e->length)
				e->live_end = e->length;
			e->next_base = e->base + e->length;
			e->at = CHUNK_HEADER;
		}
		e->open = true;
		return true;
	}
	return false;
}

/* ---- records already given
 *
 * By id and time of the header, and by the event's own number and time: where a log was exported, the room behind its records may hold the header of one record before the event of another. */

static uint64_t seen_key(uint64_t id, uint64_t written)
{
	return mix(mix(1, id), written) | 1;
}

/* 0: the event's own time can't be read. */
static uint64_t seen_own_key(const struct evtx_event *ev)
{
	struct evtx_value number = { 0 }, time;
	if (!ev->outer || !evtx_system(ev, EVTX_TIME_CREATED, &time))
		return 0;
	(void)evtx_system(ev, EVTX_RECORD_ID, &number);
	return mix(mix(seen_key(ev->id, ev->written), evtx_number(&number)), evtx_number(&time)) | 1;
}

/* Live records are only written down; the table is made when a recovered one asks. Beyond SEEN_MOST copies come twice rather than memory growing without end. */
static void seen_add(struct evtx *e, const struct evtx_event *ev)
{
	const uint64_t key[2] = { seen_key(ev->id, ev->written), seen_own_key(ev) };
	if (e->seen_list.length < SEEN_MOST * sizeof key)
		buffer_append(&e->seen_list, key, sizeof key);
}

static uint64_t *seen_slot(const struct evtx *e, uint64_t key)
{
	size_t at = (size_t)(key >> 20) & (e->seen_slots - 1);
	while (e->seen[at] && e->seen[at] != key)
		at = (at + 1) & (e->seen_slots - 1);
	return &e->seen[at];
}

/* True when it was given already; else it is from now on. */
static bool seen_before(struct evtx *e, const struct evtx_event *ev)
{
	if (!e->seen) {
		size_t most = e->seen_list.length / 8 + 2 * e->deferred.length / sizeof(struct evtx_deferred);
		for (e->seen_slots = 1024; e->seen_slots < 2 * most; e->seen_slots *= 2)
			;
		e->seen = memory_array(e->seen_slots, sizeof *e->seen);
		for (size_t i = 0; i < e->seen_list.length; i += 8) {
			uint64_t key;
			memcpy(&key, e->seen_list.data + i, 8);
			if (key)
				*seen_slot(e, key) = key;
		}
	}
	uint64_t key = seen_key(ev->id, ev->written), own = seen_own_key(ev);
	bool seen = *seen_slot(e, own ? own : key) != 0;
	*seen_slot(e, key) = key;
	if (own)
		*seen_slot(e, own) = own;
	return seen;
}

/* ---- an event out of a record */

/* The outline by the number of values alone, for records whose outer template is lost: the order of the System values never changed. */
static const struct evtx_program *standard_outline(uint32_t values)
{
#define AT(field, index) [field] = { .slot = index }
#define NONE(field) [field] = { .slot = NO_SLOT }
#define COMMON AT(EVTX_LEVEL, 0), AT(EVTX_OPCODE, 1), AT(EVTX_TASK, 2), AT(EVTX_EVENT_ID, 3), AT(EVTX_QUALIFIERS, 4), AT(EVTX_KEYWORDS, 5), AT(EVTX_TIME_CREATED, 6), \
	AT(EVTX_ACTIVITY_ID, 7), AT(EVTX_PROCESS_ID, 8), AT(EVTX_THREAD_ID, 9), AT(EVTX_RECORD_ID, 10), AT(EVTX_VERSION, 11), AT(EVTX_USER_ID, 12), \
	NONE(EVTX_COMPUTER), NONE(EVTX_EVENT_SOURCE)
	static struct evtx_step eighteen_step[] = { { .kind = STEP_FRAGMENT, .slot = 17, .gate = NO_SLOT } };
	static struct evtx_step twenty_step[] = { { .kind = STEP_FRAGMENT, .slot = 19, .gate = NO_SLOT } };
	static const struct evtx_program eighteen = { .step = eighteen_step, .steps = 1, .is_event = true, .payload = 17, .system = { COMMON,
		AT(EVTX_RELATED_ACTIVITY_ID, 13), AT(EVTX_PROVIDER, 14), AT(EVTX_PROVIDER_GUID, 15), AT(EVTX_CHANNEL, 16) } };
	static const struct evtx_program twenty = { .step = twenty_step, .steps = 1, .is_event = true, .payload = 19, .system = { COMMON,
		AT(EVTX_RELATED_ACTIVITY_ID, 18), NONE(EVTX_PROVIDER), NONE(EVTX_PROVIDER_GUID), NONE(EVTX_CHANNEL) } };
#undef AT
#undef NONE
#undef COMMON
	return values == 18 ? &eighteen : values == 20 ? &twenty : NULL;
}

/* The event of the record whose header is at `at` and whose binary XML ends before `end`. False: nothing of it could be read. */
static bool event_read(struct evtx *e, size_t at, size_t end, uint32_t length, unsigned marks, struct evtx_event *ev)
{
	const uint8_t *p = e->data + at;
	*ev = (struct evtx_event){ .id = u64(p + 8), .written = u64(p + 16), .offset = e->base + at, .length = length, .marks = marks | e->block_marks };
	e->inner = (struct evtx_instance){ 0 };
	if (e->scratch.used)
		arena_reset(&e->scratch);
	struct evtx_instance outer;
	size_t xml = at + RECORD_HEADER;
	bool good = evtx_fragment_read(e, xml, end, e->value, &outer, &ev->marks);
	ev->wrong = outer.wrong;
	if (!good || !(outer.program || outer.values)) {
		ev->marks |= EVTX_BROKEN;
		if (!ev->wrong)
			ev->wrong = "no event in its binary XML";
		return false;
	}
	ev->value = outer.value;
	ev->values = outer.values;
	ev->outer = outer.program ? outer.program : standard_outline(outer.values);
	if (!ev->outer) {
		ev->marks |= EVTX_BROKEN;
		return false;
	}
	ev->plain = outer.values != 0;
	e->hidden_at = outer.after;
	uint16_t payload = ev->outer->payload;
	if (payload < outer.values && outer.value[payload].type == EVTX_BINXML && outer.value[payload].size) {
		const struct evtx_value *v = &outer.value[payload];
		size_t from = (size_t)(v->bytes - e->data);
		if (!evtx_fragment_read(e, from, from + v->size, e->value + outer.values, &e->inner, &ev->marks)) {
			ev->marks |= EVTX_BROKEN;
			e->inner.values = 0;
		}
		if (e->inner.wrong)
			ev->wrong = e->inner.wrong;
		ev->inner = e->inner.program;
		ev->plain &= !ev->inner || e->inner.values != 0;
	}
	return true;
}

static bool give(struct evtx *e, struct evtx_event *ev)
{
	if (ev->marks & EVTX_RECOVERED)
		e->counts.recovered++;
	else
		e->counts.live++;
	e->counts.broken += (ev->marks & EVTX_BROKEN) != 0;
	return true;
}

/* In bytes that are no log (carved, memory) a signature alone is little: the time must be one, too. */
static bool plausible(const struct evtx *e, size_t at, uint32_t length)
{
	uint64_t written = u64(e->data + at + 16);
	return e->has_header || e->magic || (length % 8 == 0 && length <= EVTX_CHUNK - CHUNK_HEADER && written > YEAR_2006 && written < YEAR_2100);
}

static unsigned recovered_mark(const struct evtx *e, size_t at)
{
	if (!e->magic)
		return EVTX_ORPHAN;
	if (at < e->live_end)
		return 0;
	uint64_t id = u64(e->data + at + 8);
	return id > e->last_id && id - e->last_id < EVTX_CHUNK / RECORD_LEAST ? EVTX_UNFLUSHED : EVTX_SLACK;
}

/* The next event of the block in hand. What lies behind the live area, and what lacks its template, is put off. */
static bool block_event(struct evtx *e, struct evtx_event *ev)
{
	size_t at, end;
	uint32_t length;
	if (e->hidden_end > e->hidden_at + PADDING_MOST + 1 && e->magic) {
		/* a record's room goes on behind its end: another one may have been unlinked into it */
		for (at = e->hidden_at, end = e->hidden_end; (at = next_signature(e, at, end)) < end; at += length ? length : 1) {
			length = record_at(e, at, end);
			if (length) {
				e->counts.hidden++;
				defer(e, at, EVTX_HIDDEN);
			}
		}
	}
	e->hidden_at = e->hidden_end = 0;
	while (e->at < e->live_end) {
		at = e->at;
		length = record_at(e, at, e->length);
		if (length) {
			e->at = at + length;
			bool read = event_read(e, at, at + length - 4, length, 0, ev);
			seen_add(e, ev);
			if (ev->marks & EVTX_BAD_TEMPLATE) {
				e->hidden_at = 0;
				defer(e, at, 0);
				continue;
			}
			if (read)
				e->hidden_end = at + length - 4;
			return give(e, ev);
		}
		size_t next = next_signature(e, at + 1, e->length);
		e->at = next;
		if (e->length - at > RECORD_LEAST && memcmp(e->data + at, RECORD_MAGIC, 4) == 0 && memcmp(e->data + at + RECORD_HEADER, "\x0f\x01\x01", 4) == 0) {
			/* its sizes are wrong, its content may be whole */
			bool read = event_read(e, at, next, (uint32_t)(next - at), EVTX_SIZE_DAMAGED, ev);
			e->hidden_at = e->hidden_end = 0;
			if (read && !(ev->marks & (EVTX_BROKEN | EVTX_BAD_TEMPLATE))) {
				seen_add(e, ev);
				if (e->inner.after || ev->values)
					ev->length = (uint32_t)(e->inner.after > at ? e->inner.after - at + 1 : next - at);
				return give(e, ev);
			}
		}
	}
	for (; (e->at = next_signature(e, e->at, e->length)) < e->length; e->at += length ? length : 1) {
		length = record_at(e, e->at, e->length);
		if (length && plausible(e, e->at, length))
			defer(e, e->at, recovered_mark(e, e->at));
	}
	e->open = false;
	return false;
}

static bool deferred_event(struct evtx *e, struct evtx_event *ev)
{
	while (e->deferred_at < e->deferred.length) {
		struct evtx_deferred d;
		memcpy(&d, e->deferred.data + e->deferred_at, sizeof d);
		e->deferred_at += sizeof d;
		if (!e->open || e->base != d.base) {
			load(e, d.base);
			e->open = true;
			e->block_marks = 0;
		}
		uint32_t length = record_at(e, d.at, e->length);
		if (!length)                            /* the source gave other bytes than before */
			continue;
		(void)event_read(e, d.at, d.at + length - 4, length, d.marks, ev);
		if (d.marks && seen_before(e, ev)) {
			e->counts.duplicates++;
			continue;
		}
		return give(e, ev);
	}
	return false;
}

bool evtx_next(struct evtx *e, struct evtx_event *event)
{
	while (!e->coming_back) {
		if (!e->open && !block_next(e)) {
			e->coming_back = true;
			break;
		}
		if (block_event(e, event))
			return true;
	}
	return deferred_event(e, event);
}

/* ---- open, close */

struct evtx *evtx_open(struct source *source, bool *taint)
{
	struct evtx *e = memory_new(sizeof *e);
	e->source = source;
	e->taint = taint;
	e->size = source->size;
	e->value = memory_array(2 * EVTX_VALUES_MOST, sizeof *e->value);
	uint8_t head[128];
	size_t got = source_read_at(source, 0, head, sizeof head, taint);
	struct cursor c = cursor_of(head, got, 0);
	e->has_header = got == sizeof head && memcmp(head, FILE_MAGIC, sizeof FILE_MAGIC) == 0;
	if (e->has_header) {
		c.at = 24;
		e->next_id = cursor_u64le(&c);
		c.at = 36;
		e->minor = cursor_u16le(&c);
		c.at = 120;
		e->flags = cursor_u32le(&c);
		uint32_t sum = cursor_u32le(&c);
		e->header_bad = !(e->flags & 4) && hash_crc32(0, head, 120) != sum;
		e->next_base = EVTX_FILE_HEADER;
	}
	return e;
}

void evtx_close(struct evtx *e)
{
	if (!e)
		return;
	arena_free(&e->bank_arena);
	arena_free(&e->cache_arena);
	arena_free(&e->scratch);
	buffer_free(&e->deferred);
	buffer_free(&e->seen_list);
	free(e->seen);
	free(e->where);
	free(e->value);
	free(e->room);
	free(e);
}

bool evtx_system(const struct evtx_event *event, enum evtx_field f, struct evtx_value *v)
{
	if (!event->outer || !event->outer->is_event)
		return false;
	const struct evtx_system_source *s = &event->outer->system[f];
	if (s->slot < event->values) {
		*v = event->value[s->slot];
		return v->type != EVTX_NULL;
	}
	*v = s->value;
	return s->literal;
}

unsigned evtx_generation(const struct evtx *e) { return e->generation; }
const struct evtx_counts *evtx_counts(const struct evtx *e) { return &e->counts; }

bool evtx_header(const struct evtx *e, uint32_t *flags, uint16_t *minor, uint64_t *next_id, bool *checksum_bad)
{
	*flags = e->flags;
	*minor = e->minor;
	*next_id = e->next_id;
	*checksum_bad = e->header_bad;
	return e->has_header;
}

void evtx_on_chunk(struct evtx *e, void (*told)(void *owner, const struct evtx_chunk_info *chunk), void *owner)
{
	e->on_chunk = told;
	e->owner = owner;
}
