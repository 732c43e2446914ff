/* SPDX-License-Identifier: Apache-2.0 */
/* ewf_header.c: what an EWF image says of its case and of itself: header, header2, xheader, hash, digest, xhash, error2, session.
 *
 * Source: libewf documentation, "Expert Witness Compression Format (EWF)". header (code page of the writer) and header2 (UTF-16) are zlib streams of lines:
 * a number, "main", tab-separated keys, tab-separated values; EWF-X has XML instead. All of it is a claim of the writer, shown as such. Nothing here
 * can make the media unreadable: libewf refuses an image for a wrong byte in its digest section. */
#include <stdlib.h>
#include <string.h>

#include "format/image/ewf.h"

enum { PROPERTIES_MAX = 64, PROPERTY_TEXT_MAX = 32 * 1024, ERROR_RANGES_MAX = 16384, ERROR_RANGES_TOLD = 1024 };

/* Key of header and header2, element of xheader, key of the record. */
static const struct { const char *column, *element, *key; } naming[] = {
	{ "c", "case_number", "case_number" },
	{ "n", "evidence_number", "evidence_number" },
	{ "a", "description", "description" },
	{ "e", "examiner_name", "examiner" },
	{ "t", "notes", "notes" },
	{ "m", "acquiry_date", "acquisition_date" },
	{ "u", "system_date", "system_date" },
	{ "ov", "acquiry_operating_system", "os" },
	{ "av", "acquiry_software_version", "software_version" },
	{ NULL, "acquiry_software", "software" },
	{ "md", "model", "model" },
	{ "sn", "serial_number", "serial" },
	{ "l", "device_label", "label" },
	{ "dc", NULL, "device_class" },
	{ "pid", "process_identifier", "process_identifier" },
	{ "ext", "extents", "extents" },
};
enum { NAMINGS = sizeof naming / sizeof naming[0] };

/* Inflates a section's body (at most EWF_HEADER_MAX in and out: it is the writer's data). False: damaged, told. */
static bool body_inflate(struct ewf *e, const struct ewf_segment *g, const struct ewf_section *s, struct buffer *out)
{
	size_t length, got = 0, used;
	uint8_t *body = ewf_section_body(g, s, EWF_HEADER_MAX, &length);
	buffer_clear(out);
	enum libdeflate_result result = LIBDEFLATE_INSUFFICIENT_SPACE;
	for (size_t room = EWF_HEADER_MAX / 64; result == LIBDEFLATE_INSUFFICIENT_SPACE && room <= EWF_HEADER_MAX; room *= 8)
		result = libdeflate_zlib_decompress_ex(e->inflater, body, length, buffer_reserve(out, room), room, &used, &got);
	free(body);
	if (result == LIBDEFLATE_SUCCESS)
		out->length = got;
	else
		report_error(e->container.report, "damage", "ewf.header", NULL, 0, 0, "%s, byte %llu: the compressed case data are %s; the media is not concerned", g->name,
			     (unsigned long long)s->start, result == LIBDEFLATE_INSUFFICIENT_SPACE ? "longer than any writer's" : "damaged");
	return result == LIBDEFLATE_SUCCESS;
}

/* The first to give a key wins. */
static struct ewf_property *property_add(struct ewf *e, const char *key)
{
	for (size_t i = 0; i < e->properties; i++)
		if (!strcmp(e->property[i].key, key))
			return NULL;
	if (!e->property)
		e->property = memory_array(PROPERTIES_MAX, sizeof *e->property);
	if (e->properties == PROPERTIES_MAX)
		return NULL;
	struct ewf_property *p = &e->property[e->properties++];
	p->key = key;
	return p;
}

static void property_text(struct ewf *e, const char *key, const char *utf8, size_t length)
{
	if (length > PROPERTY_TEXT_MAX)
		for (length = PROPERTY_TEXT_MAX; length && !text_is_utf8(utf8, length);)
			length--;       /* at most three bytes of a cut character */
	struct ewf_property *p = length ? property_add(e, key) : NULL;
	if (p)
		p->text = memory_copy(utf8, length);
}

static bool all_digits(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return length > 0 && length < 12;
}

/* header2 and linen: seconds since 1970. header: "2002 3 4 10 19 59", the writer's wall clock. */
static void property_date(struct ewf *e, const char *key, const char *text, size_t length)
{
	if (all_digits(text, length)) {
		int64_t seconds = 0;
		for (size_t i = 0; i < length; i++)
			seconds = seconds * 10 + (text[i] - '0');
		struct ewf_property *p = seconds ? property_add(e, key) : NULL;
		if (p)
			p->time = time_from_unix(seconds, 0, TIME_S);
		return;
	}
	unsigned field[6] = { 0 }, fields = 0;
	bool digits = false;
	for (size_t i = 0; i <= length; i++) {
		if (i < length && text[i] >= '0' && text[i] <= '9') {
			if (fields < 6 && field[fields] < 100000)
				field[fields] = field[fields] * 10 + (unsigned)(text[i] - '0');
			digits = true;
		} else if (digits && (i == length || text[i] == ' ')) {
			fields++;
			digits = false;
		} else if (i < length && text[i] != ' ') {
			fields = 7;
		}
	}
	if (fields != 6) {
		property_text(e, key, text, length);
		return;
	}
	static const char *const local[][2] = { { "acquisition_date", "acquisition_date_local" }, { "system_date", "system_date_local" } };
	struct buffer b = { 0 };
	buffer_format(&b, "%04u-%02u-%02u %02u:%02u:%02u", field[0], field[1], field[2], field[3], field[4], field[5]);
	for (size_t i = 0; i < 2; i++)
		if (!strcmp(key, local[i][0]))
			property_text(e, local[i][1], (const char *)b.data, b.length);
	buffer_free(&b);
}

static void property_set(struct ewf *e, const char *key, const char *text, size_t length)
{
	while (length && (text[length - 1] == ' ' || text[length - 1] == '\r' || !text[length - 1]))
		length--;
	if (!length)
		return;
	if (strlen(key) > 5 && !strcmp(key + strlen(key) - 5, "_date"))
		property_date(e, key, text, length);
	else
		property_text(e, key, text, length);
}

/* The next piece of [*at, end) up to a separator, which is skipped. */
static bool piece_next(const char **at, const char *end, char separator, const char **piece, size_t *length)
{
	if (*at >= end)
		return false;
	const char *stop = memchr(*at, separator, (size_t)(end - *at));
	*piece = *at;
	*length = (size_t)((stop ? stop : end) - *at);
	*at = stop ? stop + 1 : end;
	return true;
}

static void header_parse(struct ewf *e, const char *text, size_t length)
{
	const char *at = text, *end = text + length, *line, *keys, *values;
	size_t n, keys_length, values_length;
	while (piece_next(&at, end, '\n', &line, &n))
		if (n >= 4 && !memcmp(line, "main", 4) && (n == 4 || line[4] == '\r'))
			break;
	if (!piece_next(&at, end, '\n', &keys, &keys_length) || !piece_next(&at, end, '\n', &values, &values_length))
		return;
	const char *keys_end = keys + keys_length, *values_end = values + values_length, *key, *value;
	size_t key_length, value_length;
	while (piece_next(&keys, keys_end, '\t', &key, &key_length) && piece_next(&values, values_end, '\t', &value, &value_length)) {
		if (key_length && key[key_length - 1] == '\r')
			key_length--;
		for (size_t i = 0; i < NAMINGS; i++)
			if (naming[i].column && strlen(naming[i].column) == key_length && !memcmp(naming[i].column, key, key_length))
				property_set(e, naming[i].key, value, value_length);
	}
}

/* The text of the first element of that name (ASCII case ignored, no attributes: writers use none); NULL: not there. */
static const char *element_find(const char *text, size_t length, const char *name, size_t *found_length)
{
	size_t n = strlen(name);
	for (const char *at = text, *end = text + length; (at = memchr(at, '<', (size_t)(end - at))) != NULL; at++) {
		if ((size_t)(end - at) < n + 2 || at[n + 1] != '>' || !text_equal_nocase(at + 1, n, name, n))
			continue;
		const char *from = at + n + 2, *stop = memchr(from, '<', (size_t)(end - from));
		if (stop) {
			*found_length = (size_t)(stop - from);
			return from;
		}
	}
	return NULL;
}

/* XML text to plain: the five named entities. */
static void entities_undo(struct buffer *out, const char *text, size_t length)
{
	static const struct { const char *entity; char c; } table[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' } };
	for (size_t i = 0; i < length;) {
		size_t k = 0, count = sizeof table / sizeof table[0];
		while (text[i] == '&' && k < count && (length - i < strlen(table[k].entity) || memcmp(text + i, table[k].entity, strlen(table[k].entity)) != 0))
			k++;
		bool is = text[i] == '&' && k < count;
		buffer_byte(out, (uint8_t)(is ? table[k].c : text[i]));
		i += is ? strlen(table[k].entity) : 1;
	}
}

static void xheader_parse(struct ewf *e, const char *text, size_t length)
{
	for (size_t i = 0; i < NAMINGS; i++) {
		size_t n;
		const char *value = naming[i].element ? element_find(text, length, naming[i].element, &n) : NULL;
		struct buffer plain = { 0 };
		if (value)
			entities_undo(&plain, value, n);
		if (plain.length)
			property_set(e, naming[i].key, (const char *)plain.data, plain.length);
		buffer_free(&plain);
	}
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool hex_read(const char *text, size_t length, uint8_t *out, size_t bytes)
{
	if (length != bytes * 2)
		return false;
	for (size_t i = 0; i < length; i++) {
		int digit = hex_digit(text[i]);
		if (digit < 0)
			return false;
		out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | digit : digit << 4);
	}
	return true;
}

static bool is_zero(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return true;
}

/* A stored hash; an earlier one that differs is told. All zeros: not set. */
static void hash_set(struct ewf *e, const struct ewf_segment *g, bool md5, const uint8_t *bytes)
{
	size_t length = md5 ? sizeof e->md5 : sizeof e->sha1;
	bool *has = md5 ? &e->has_md5 : &e->has_sha1;
	uint8_t *to = md5 ? e->md5 : e->sha1;
	if (is_zero(bytes, length))
		return;
	if (*has && memcmp(to, bytes, length) != 0) {
		report_error(e->container.report, "damage", "ewf.hash", NULL, 0, 0, "%s: the %s of the hash and digest sections differ; the first is shown", g->name, md5 ? "MD5" : "SHA-1");
		return;
	}
	*has = true;
	memcpy(to, bytes, length);
}

static void hash_read(struct ewf *e, const struct ewf_segment *g, const struct ewf_section *s)
{
	size_t length, check = s->type == EWF_DIGEST ? 76 : 32;
	uint8_t *body = ewf_section_body(g, s, 80, &length);
	struct cursor c = cursor_of(body, length, 0);
	c.at = check;   /* hash: 0 MD5, 16 unknown, 32 Adler-32; digest: 0 MD5, 16 SHA-1, 36 zero, 76 Adler-32 */
	uint32_t sum = cursor_u32le(&c);
	if (c.bad || sum != ewf_adler(body, check)) {
		report_error(e->container.report, "damage", "ewf.hash", NULL, 0, 0, "%s: the %s section is damaged: its stored hashes are not to be trusted, the media is not concerned", g->name,
			     s->type == EWF_DIGEST ? "digest" : "hash");
	} else {
		hash_set(e, g, true, body);
		if (s->type == EWF_DIGEST)
			hash_set(e, g, false, body + 16);
	}
	free(body);
}

static void xhash_parse(struct ewf *e, const struct ewf_segment *g, const char *text, size_t length)
{
	uint8_t digest[20];
	size_t n;
	const char *value = element_find(text, length, "md5", &n);
	if (value && hex_read(value, n, digest, 16))
		hash_set(e, g, true, digest);
	value = element_find(text, length, "sha1", &n);
	if (value && hex_read(value, n, digest, 20))
		hash_set(e, g, false, digest);
	value = element_find(text, length, "sha256", &n);
	if (value && n == 64)
		property_text(e, "stored_sha256", value, n);
}

/* Sectors that the acquiring tool could not read: zeros in the image, or whatever it put there. */
static void error2_read(struct ewf *e, const struct ewf_segment *g, const struct ewf_section *s)
{
	size_t length;
	uint8_t *body = ewf_section_body(g, s, 520 + ERROR_RANGES_MAX * 8 + 4, &length);
	struct cursor c = cursor_of(body, length, 0);
	uint64_t count = cursor_u32le(&c);      /* 0 count, 4 zero, 516 Adler-32 of 0..515, 520 ranges */
	c.at = 516;
	uint32_t sum = cursor_u32le(&c);
	struct reporter *report = e->container.report;
	if (c.bad || sum != ewf_adler(body, 516)) {
		report_error(report, "damage", "ewf.error2", NULL, 0, 0, "%s: the list of acquisition errors is damaged", g->name);
		count = 0;
	}
	if (count > ERROR_RANGES_MAX) {
		report_error(report, "limit", "ewf.error2", NULL, 0, 0, "%s: %llu ranges of acquisition errors, %d are looked at", g->name, (unsigned long long)count, ERROR_RANGES_MAX);
		count = ERROR_RANGES_MAX;
	}
	for (uint64_t i = 0; i < count; i++) {
		uint64_t offset = (uint64_t)cursor_u32le(&c) * e->geometry.sector_size, bytes = (uint64_t)cursor_u32le(&c) * e->geometry.sector_size;
		if (c.bad)
			break;
		if (offset < e->size)
			range_map_add(&e->acquisition, offset, bytes < e->size - offset ? bytes : e->size - offset);
	}
	free(body);
}

static void acquisition_report(const struct ewf *e)
{
	const struct range_map *m = &e->acquisition;
	for (size_t i = 0; i < m->count; i++) {
		uint64_t offset = m->range[i].offset, length = m->range[i].length, sector = e->geometry.sector_size;
		if (i == ERROR_RANGES_TOLD) {
			report_error(e->container.report, "limit", "ewf.acquisition", NULL, offset, 0, "%llu more ranges that could not be read when the image was made",
				     (unsigned long long)(m->count - i));
			break;
		}
		report_error(e->container.report, "damage", "ewf.acquisition", NULL, offset, length, "sectors %llu-%llu could not be read when the image was made",
			     (unsigned long long)(offset / sector), (unsigned long long)((offset + length - 1) / sector));
	}
}

static void header_section(struct ewf *e, const struct ewf_segment *g, const struct ewf_section *s, struct buffer *plain)
{
	if (!body_inflate(e, g, s, plain))
		return;
	struct buffer utf8 = { 0 };
	const uint8_t *bytes = plain->data;
	size_t length = plain->length;
	if (s->type == EWF_HEADER2) {
		bool big = length >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff, bom = big || (length >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe);
		text_to_utf8(&utf8, bytes + (bom ? 2 : 0), length - (bom ? 2 : 0), big ? TEXT_UTF16BE : TEXT_UTF16LE);
	} else {
		text_to_utf8(&utf8, bytes, length, text_is_utf8(bytes, length) ? TEXT_UTF8 : TEXT_CP1252);      /* the writer's code page is not told */
	}
	const char *text = utf8.data ? (const char *)utf8.data : "";
	if (s->type == EWF_XHEADER)
		xheader_parse(e, text, utf8.length);
	else if (s->type == EWF_XHASH)
		xhash_parse(e, g, text, utf8.length);
	else
		header_parse(e, text, utf8.length);
	buffer_free(&utf8);
}

void ewf_headers_read(struct ewf *e)
{
	/* header2 first: its text is Unicode and its times have a zone */
	static const uint8_t turn[] = { EWF_HEADER2, EWF_XHEADER, EWF_HEADER, EWF_DIGEST, EWF_HASH, EWF_XHASH, EWF_ERROR2, EWF_SESSION };
	struct buffer plain = { 0 };
	for (size_t t = 0; t < sizeof turn; t++) {
		unsigned seen = 0;
		for (size_t k = 0; k < e->ordered; k++) {
			const struct ewf_segment *g = &e->segment[e->order[k]];
			for (size_t i = 0; i < g->sections && seen < 4; i++) {
				const struct ewf_section *s = &g->section[i];
				if (s->type != turn[t])
					continue;
				seen++;
				if (s->type == EWF_DIGEST || s->type == EWF_HASH)
					hash_read(e, g, s);
				else if (s->type == EWF_ERROR2)
					error2_read(e, g, s);
				else if (s->type != EWF_SESSION)
					header_section(e, g, s, &plain);
			}
		}
	}
	buffer_free(&plain);
	acquisition_report(e);
}

static const char *media_type_name(uint8_t type)
{
	switch (type) {
	case 0x00: return "removable";
	case 0x01: return "fixed";
	case 0x03: return "optical";
	case 0x0e: return "logical";
	case 0x10: return "memory";
	default: return NULL;
	}
}

void ewf_headers_describe(struct ewf *e, struct record_builder *r)
{
	record_number(r, F_SIZE, e->size);
	record_number(r, F_SECTOR_SIZE, e->geometry.sector_size);
	if (e->has_md5)
		record_hex(r, F_STORED_MD5, e->md5, sizeof e->md5);
	if (e->has_sha1)
		record_hex(r, F_STORED_SHA1, e->sha1, sizeof e->sha1);
	record_map(r, F_PROPERTIES);
	for (size_t i = 0; i < e->properties; i++) {
		if (e->property[i].text)
			value_string(r, e->property[i].key, e->property[i].text);
		else
			value_time(r, e->property[i].key, &e->property[i].time);
	}
	if (e->has_set)
		value_hex(r, "set_identifier", e->set, sizeof e->set);
	value_string(r, "media_type", media_type_name(e->geometry.media_type));
	value_flag(r, "physical", e->geometry.media_flags & 2);
	if (e->geometry.media_flags & 12)
		value_string(r, "write_blocker", e->geometry.media_flags & 4 ? "Fastbloc" : "Tableau");
	value_number(r, "segments", e->ordered);
	value_number(r, "chunk_size", e->chunk_size);
	record_close(r);
}

void ewf_headers_free(struct ewf *e)
{
	for (size_t i = 0; i < e->properties; i++)
		free(e->property[i].text);
	free(e->property);
}
