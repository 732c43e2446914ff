/* SPDX-License-Identifier: Apache-2.0 */
/* prefetch.c: Windows prefetch files (NAME-HASH.pf): that a program ran, how often, when the last one to eight times, from where, and what it loaded in its first
 * ten seconds. Versions 17 (XP), 23 (7), 26 (8), 30 (10), 31 (11); since Windows 10 compressed ("MAM").
 *
 * Source: libyal's "Windows Prefetch File (PF) format". Trap: where the run count stands follows from the offset of the metrics, not from the version: late builds of
 * Windows 10 write version 30 with the layout of 31, and that layout alone names the whole path of the program. */
#include "artifact/artifact.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/xpress.h"
#include "format/format.h"

enum {
	FILE_INFORMATION = 84, NAME_AT = 16, NAME_BYTES = 60, HASH_AT = 76,
	INFLATED_MOST = 64 << 20,
	METRICS_LAYOUT_31 = 296,                /* offset of the metrics where the path of the program is there */
	FILES_MOST = 4096, VOLUMES_MOST = 64, RUNS_MOST = 8,
};

static const struct layout { uint32_t version; size_t runs_at, count_at, path_at; unsigned runs; size_t volume_size; } layouts[] = {
	{ 17, 120, 144, 0, 1, 40 },
	{ 23, 128, 152, 0, 1, 104 },
	{ 26, 128, 208, 0, 8, 104 },
	{ 30, 128, 208, 0, 8, 96 },
	{ 31, 128, 200, 212, 8, 96 },           /* and 30 with METRICS_LAYOUT_31 */
};

struct prefetch {
	struct parse *p;
	const uint8_t *bytes;
	size_t length;
	bool packed;                            /* offsets in it are none of the file's */
	const struct layout *layout;
	uint32_t count, hash;
	const uint8_t *name, *path;             /* UTF-16 */
	size_t name_units, path_units;
	uint32_t strings_at, strings_size, volumes_at, volumes;
};

static struct cursor at(const struct prefetch *f, size_t offset)
{
	struct cursor c = cursor_of(f->bytes, f->length, 0);
	c.at = offset;
	return c;
}

static void damage(const struct prefetch *f, const char *kind, uint64_t offset, uint64_t length, const char *what)
{
	report_error(f->p->report, "damage", kind, NULL, f->packed ? 0 : offset, f->packed ? f->p->length : length, "%s%s", what, f->packed ? " (in the inflated content)" : "");
}

/* "MAM" + kind, u32 inflated size, with kind's high bit a u32 CRC, then the data. NULL: nothing to read. */
static const uint8_t *inflate(struct parse *p, size_t *length)
{
	struct cursor c = cursor_of(p->bytes, p->length, 0);
	c.at = 3;
	uint8_t kind = cursor_u8(&c);
	uint32_t size = cursor_u32le(&c);
	if (kind & 0x80)
		cursor_skip(&c, 4);
	if (c.bad || (kind & 0x0F) != 4) {
		report_error(p->report, "unsupported", "prefetch.compression", NULL, 0, p->length < 8 ? p->length : 8, "compressed in a way that is not known: 0x%02x", kind);
		return NULL;
	}
	/* no symbol gives more than 64 KiB + 2 of output, and takes a bit at least */
	if (size > INFLATED_MOST || size / 8 / 65538 > p->length) {
		report_error(p->report, "limit", "prefetch.size", NULL, 4, 4, "claims to inflate to %u bytes", (unsigned)size);
		return NULL;
	}
	uint8_t *to = arena_new(p->arena, size ? size : 1);
	*length = xpress_huffman(p->bytes + c.at, p->length - c.at, to, size);
	if (*length < size)
		report_error(p->report, "damage", "prefetch.compression", NULL, 0, p->length, "inflates to %zu of the %u bytes that it claims", *length, (unsigned)size);
	return to;
}

static bool header_read(struct prefetch *f)
{
	struct parse *p = f->p;
	struct cursor c = at(f, 0);
	uint32_t version = cursor_u32le(&c);                            /* 0 */
	bool scca = cursor_match(&c, "SCCA");                           /* 4 */
	if (!scca) {
		report_error(p->report, "damage", "prefetch.signature", NULL, 0, p->length < 8 ? p->length : 8, "no prefetch file: the signature is missing");
		return false;
	}
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
		if (layouts[i].version == version)
			f->layout = &layouts[i];
	if (!f->layout) {
		report_error(p->report, "unsupported", "prefetch.version", NULL, 0, p->length < 4 ? p->length : 4, "prefetch of an unknown version: %u", (unsigned)version);
		return false;
	}
	c.at = 12;
	uint32_t size = cursor_u32le(&c);
	if (size > f->length)
		damage(f, "prefetch.size", 12, 4, "the file is shorter than it says");
	f->name = f->bytes + (f->length < NAME_AT ? f->length : NAME_AT);
	size_t left = f->length < NAME_AT ? 0 : f->length - NAME_AT;
	f->name_units = text_utf16_length(f->name, left < NAME_BYTES ? left : NAME_BYTES);
	c.at = HASH_AT;
	f->hash = cursor_u32le(&c);
	c.at = FILE_INFORMATION;
	uint32_t metrics_at = cursor_u32le(&c);                         /* 84 */
	if (version == 30 && metrics_at == METRICS_LAYOUT_31)
		f->layout = &layouts[sizeof layouts / sizeof *layouts - 1];
	cursor_skip(&c, 12);
	f->strings_at = cursor_u32le(&c);                               /* 100 */
	f->strings_size = cursor_u32le(&c);
	f->volumes_at = cursor_u32le(&c);                               /* 108 */
	f->volumes = cursor_u32le(&c);
	c.at = f->layout->count_at;
	f->count = cursor_u32le(&c);
	if (c.bad) {
		damage(f, "prefetch.header", 0, f->length, "the file ends inside its header");
		return false;
	}
	if (f->layout->path_at) {
		c.at = f->layout->path_at;
		uint32_t path_at = cursor_u32le(&c), path_bytes = cursor_u32le(&c);
		struct cursor path = cursor_window(&c, path_at, path_bytes);
		if (path_at && path.bad)
			damage(f, "prefetch.path", f->layout->path_at, 8, "the program's path lies outside the file");
		f->path = path.data;
		f->path_units = path_at && path.data ? text_utf16_length(path.data, path.size) : 0;
	}
	return true;
}

/* In versions without the path: the loaded file whose last component is the program's name, if there is just one. */
static void path_guess(struct prefetch *f, const uint8_t *strings, size_t size)
{
	const uint8_t *found = NULL;
	size_t found_units = 0;
	for (size_t i = 0; f->name_units && i + 2 <= size;) {
		size_t units = text_utf16_length(strings + i, size - i), name = f->name_units * 2;
		const uint8_t *end = strings + i + units * 2;
		if (units * 2 > name && memcmp(end - name, f->name, name) == 0 && end[-(ptrdiff_t)name - 2] == '\\' && !end[-(ptrdiff_t)name - 1]) {
			if (found)
				return;
			found = strings + i;
			found_units = units;
		}
		i += units * 2 + 2;
	}
	f->path = found;
	f->path_units = found_units;
}

static void program_values(struct record_builder *r, const struct prefetch *f)
{
	value_evidence_text(r, "program", f->name, f->name_units * 2, TEXT_UTF16LE);
	if (f->path_units)
		value_evidence_text(r, "path", f->path, f->path_units * 2, TEXT_UTF16LE);
	value_number(r, "run_count", f->count);
	char hash[9];
	(void)snprintf(hash, sizeof hash, "%08X", (unsigned)f->hash);
	value_string(r, "prefetch_hash", hash);
}

static void run_events(const struct prefetch *f)
{
	struct parse *p = f->p;
	struct cursor c = at(f, f->layout->runs_at);
	struct buffer message = { 0 };
	buffer_text(&message, "program run: ");
	(void)text_to_utf8(&message, f->path_units ? f->path : f->name, (f->path_units ? f->path_units : f->name_units) * 2, TEXT_UTF16LE);
	size_t said = message.length;
	for (unsigned i = 0; i < f->layout->runs; i++) {
		size_t offset = c.at;
		struct timestamp t = time_from_filetime(cursor_u64le(&c));
		struct record_builder r;
		if (!parse_event(p, &r, &t, "program_run", i ? "Previous Last Time Executed" : "Last Time Executed", f->packed ? 0 : offset, f->packed ? 0 : 8))
			continue;
		record_map(&r, F_DATA);
		program_values(&r, f);
		record_close(&r);
		message.length = said;
		buffer_format(&message, i ? " (run before the last: %u)" : " (last run of %u)", i ? i : (unsigned)f->count);
		parse_event_end(p, &r, (const char *)message.data, message.length);
	}
	buffer_free(&message);
}

static void volumes_value(const struct prefetch *f, struct record_builder *r)
{
	uint32_t entries = f->volumes;
	size_t size = f->layout->volume_size;
	if (f->volumes_at > f->length || entries > (f->length - f->volumes_at) / size || entries > VOLUMES_MOST) {
		damage(f, "prefetch.volumes", 108, 8, "more volumes than the file holds");
		entries = f->volumes_at > f->length ? 0 : (uint32_t)((f->length - f->volumes_at) / size);
		entries = entries > VOLUMES_MOST ? VOLUMES_MOST : entries;
	}
	value_list(r, "volumes");
	for (uint32_t i = 0; i < entries; i++) {
		struct cursor c = at(f, f->volumes_at + i * size);
		uint32_t path_at = cursor_u32le(&c), units = cursor_u32le(&c);          /* relative to the volumes */
		struct timestamp created = time_from_filetime(cursor_u64le(&c));        /* 8 */
		uint32_t serial = cursor_u32le(&c);                                     /* 16 */
		struct cursor all = at(f, 0), path = cursor_window(&all, (uint64_t)f->volumes_at + path_at, (uint64_t)units * 2);
		char text[10];
		value_map(r, NULL);
		if (path.data)
			value_evidence_text(r, "device", path.data, text_utf16_length(path.data, path.size) * 2, TEXT_UTF16LE);
		if (created.state == TIME_VALID)
			value_time(r, "created", &created);
		(void)snprintf(text, sizeof text, "%04X-%04X", (unsigned)(serial >> 16), (unsigned)(serial & 0xFFFF));
		value_string(r, "serial", text);
		record_close(r);
		if (path.bad)
			damage(f, "prefetch.volume", f->volumes_at + i * size, size, "a volume's path lies outside the file");
	}
	record_close(r);
}

static void artifact_write(const struct prefetch *f, const struct cursor *strings)
{
	struct parse *p = f->p;
	struct record_builder r = record_begin(p->out, RECORD_ARTIFACT);
	record_string(&r, F_ARTIFACT_ID, p->artifact_id);
	record_number(&r, F_EVENTS, p->events);
	record_map(&r, F_DATA);
	program_values(&r, f);
	value_number(&r, "version", f->bytes[0]);
	volumes_value(f, &r);
	value_list(&r, "files");
	unsigned files = 0;
	for (size_t i = 0; i + 2 <= strings->size && files < FILES_MOST; files++) {
		size_t units = text_utf16_length(strings->data + i, strings->size - i);
		if (units)
			value_evidence_text(&r, NULL, strings->data + i, units * 2, TEXT_UTF16LE);
		i += units * 2 + 2;
	}
	record_close(&r);
	record_close(&r);
	record_end(&r);
	if (files == FILES_MOST)
		report_error(p->report, "limit", "prefetch.files", NULL, 0, p->length, "only the first %d names of loaded files are given", (int)FILES_MOST);
}

static void prefetch_parse(struct parse *p)
{
	struct prefetch f = { .p = p, .bytes = p->bytes, .length = p->length };
	if (!p->bytes) {
		report_error(p->report, "limit", "prefetch.size", NULL, 0, p->source->size, "too large for a prefetch file");
		return;
	}
	if (p->length >= 3 && memcmp(p->bytes, "MAM", 3) == 0) {
		f.packed = true;
		f.length = 0;
		f.bytes = inflate(p, &f.length);
	}
	if (!f.bytes || !header_read(&f))
		return;
	struct cursor all = at(&f, 0), strings = cursor_window(&all, f.strings_at, f.strings_size);
	if (strings.bad)
		damage(&f, "prefetch.strings", 100, 8, "the names of loaded files lie outside the file");
	if (!f.path_units)
		path_guess(&f, strings.data, strings.size);
	run_events(&f);
	artifact_write(&f, &strings);
}

/* Other databases of SysMain are "MAM" files too: only what inflates to the signature is meant, whatever its name. */
static bool prefetch_probe(const uint8_t *head, size_t length, bool named)
{
	if ((named && length) || (length >= 8 && memcmp(head + 4, "SCCA", 4) == 0))     /* what is no prefetch file at its place is damage, and told */
		return true;
	size_t data = length >= 4 && head[3] & 0x80 ? 12 : 8;
	uint8_t begin[8];
	return length > data && memcmp(head, "MAM", 3) == 0 && (head[3] & 0x0F) == 4 && xpress_huffman(head + data, length - data, begin, 8) == 8 && memcmp(begin + 4, "SCCA", 4) == 0;
}

const struct artifact_parser artifact_prefetch = {
	.id = "win.prefetch",
	.about = "Prefetch: programs that ran, how often, the last eight times, from where, what they loaded",
	.events = "program_run",
	.attack = "T1204.002",
	.probe = prefetch_probe,
	.parse = prefetch_parse,
};
