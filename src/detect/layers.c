/* SPDX-License-Identifier: Apache-2.0 */
/* layers.c: see layers.h. What is looked for, by the type of what it lies in:
 *   text, html     base64 (RFC 4648), also over several lines as in mail and certificates; in what comes out of it gzip and raw deflate, as scripts carry them
 *   UTF-16 text    as UTF-8, so that rules without `wide` see it (the argument of powershell -EncodedCommand is base64 of UTF-16)
 *   OLE2           every stream in one piece (in the file its sectors lie anywhere); macro source ([MS-OVBA]), found by the "Attribute" that each module begins with,
 *                  so that it is there also when the project's directory is damaged; names of installer packages are decoded
 *   RTF            the data of embedded objects (\objdata, hexadecimal), and what an OLE 1 object ([MS-OLEDS] 2.2.5) carries
 *   PDF            streams with FlateDecode (ISO 32000-1, 7.3.8)
 * Files in archives and mail, streams of OLE2 files and objects of RTF files are nodes of their own: these are looked for only where such a file is a layer itself. */
#include "detect/layers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "detect/filetype.h"
#include "reader/ole.h"
#include "reader/vba.h"

enum {
	DEPTH_MAX = 4, COUNT_MAX = 1024, ONE_MAX = 32 << 20, ALL_MAX = 64 << 20,
	BASE64_LEAST = 40, BASE64_LINE = 40, BASE64_BLIND = 256,        /* characters: of a run; of a line that goes on; of a run that gives nothing known */
	OBJECT_LEAST = 16, OLE1_HEADER_MOST = 1024,
};

struct look { layer_found *found; void *owner; unsigned count, depth; uint64_t all; const char *limit; };
/* What is looked into. offset, length: of the bytes of the whole content that it was made from; direct: it is that content. */
struct piece { const uint8_t *bytes; size_t size; const char *filetype, *way; uint64_t offset, length; bool direct; };

static void look_into(struct look *k, const struct piece *p);

/* A layer that was made of bytes [at, at + length) of p. */
static void give(struct look *k, const struct piece *p, const char *kind, uint64_t at, uint64_t length, const uint8_t *bytes, size_t size)
{
	char way[256];
	if (k->count == COUNT_MAX || k->all + size > ALL_MAX) {
		k->limit = k->count == COUNT_MAX ? "more than 1024 layers" : "more than 64 MiB in layers";
		return;
	}
	k->count++;
	k->all += size;
	snprintf(way, sizeof way, "%s%s%s@0x%llx", p->way, *p->way ? "/" : "", kind, (unsigned long long)at);
	struct piece inner = { bytes, size, filetype_of(bytes, size), way, p->direct ? at : p->offset, p->direct ? length : p->length, false };
	k->found(k->owner, &(struct layer){ way, inner.offset, inner.length, bytes, size, inner.filetype });
	if (k->depth + 1 >= DEPTH_MAX)
		return;
	k->depth++;
	look_into(k, &inner);
	k->depth--;
}

/* zlib's window_bits: 15 zlib, 31 gzip, -15 raw. What came before damage is kept. Returns whether the stream ended as it should. */
static bool inflate_all(const uint8_t *bytes, size_t length, int window_bits, struct buffer *out)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = length > UINT32_MAX ? UINT32_MAX : (uInt)length };
	if (inflateInit2(&z, window_bits) != Z_OK)
		return false;
	int code = Z_OK;
	while (code == Z_OK && out->length < ONE_MAX) {
		z.next_out = buffer_reserve(out, 64 << 10);
		z.avail_out = 64 << 10;
		code = inflate(&z, Z_NO_FLUSH);
		out->length += (64 << 10) - z.avail_out;
		if (code == Z_BUF_ERROR)
			break;
	}
	inflateEnd(&z);
	return code == Z_STREAM_END;
}

/* ---- base64 */

/* Also of the URL-safe alphabet; 0 else. */
static const uint8_t base64_value_and_one[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, ['+'] = 63, ['-'] = 63, ['/'] = 64, ['_'] = 64,
};

static int base64_value(uint8_t c)
{
	return base64_value_and_one[c] - 1;
}

/* The run of base64 that begins at `at`: decoded, and where it ends. Lines go on where they are long. */
static size_t base64_run(const uint8_t *b, size_t length, size_t at, struct buffer *out)
{
	uint32_t bits = 0;
	unsigned held = 0;
	size_t line = at;
	for (; at < length; at++) {
		int v = base64_value(b[at]);
		if (v < 0 && (b[at] == '\r' || b[at] == '\n') && at - line >= BASE64_LINE) {
			while (at < length && (b[at] == '\r' || b[at] == '\n'))
				at++;
			line = at--;
			continue;
		}
		if (v < 0)
			break;
		bits = bits << 6 | (uint32_t)v;
		held += 6;
		if (held >= 8) {
			held -= 8;
			buffer_byte(out, (uint8_t)(bits >> held));
		}
	}
	for (int padding = 0; padding < 2 && at < length && b[at] == '='; padding++)
		at++;
	return at;
}

static void base64_give(struct look *k, const struct piece *p, size_t at, size_t end, const struct buffer *decoded)
{
	struct buffer plain = { 0 };
	const char *type = filetype_of(decoded->data, decoded->length);
	bool known = strcmp(type, "data") != 0;
	if (!known && inflate_all(decoded->data, decoded->length, -15, &plain) && plain.length >= BASE64_LEAST && strcmp(filetype_of(plain.data, plain.length), "data") != 0)
		give(k, p, "base64.deflate", at, end - at, plain.data, plain.length);
	else if (known || end - at >= BASE64_BLIND)
		give(k, p, "base64", at, end - at, decoded->data, decoded->length);
	buffer_free(&plain);
}

/* Where the next run of at least BASE64_LEAST characters begins, from `at` on, or the size. The last character of a possible run is looked at first: most are ruled out by few looks. */
static size_t base64_begins(const uint8_t *b, size_t size, size_t at)
{
	while (size - at >= BASE64_LEAST) {
		size_t last = at + BASE64_LEAST;
		while (last > at && base64_value(b[last - 1]) >= 0)
			last--;
		if (last == at)
			return at;
		at = last;
	}
	return size;
}

static void look_base64(struct look *k, const struct piece *p)
{
	struct buffer decoded = { 0 };
	for (size_t at = 0; !k->limit && (at = base64_begins(p->bytes, p->size, at)) < p->size;) {
		buffer_clear(&decoded);
		size_t end = base64_run(p->bytes, p->size, at, &decoded);
		base64_give(k, p, at, end, &decoded);
		at = end;
	}
	buffer_free(&decoded);
}

/* ---- text in UTF-16, gzip */

static void look_utf16(struct look *k, const struct piece *p)
{
	struct buffer text = { 0 };
	size_t even = 0, odd = 0, bom = p->size >= 2 && ((p->bytes[0] == 0xff && p->bytes[1] == 0xfe) || (p->bytes[0] == 0xfe && p->bytes[1] == 0xff)) ? 2 : 0;
	for (size_t i = 0; i + 1 < p->size && i < 4096; i += 2) {
		even += !p->bytes[i];
		odd += !p->bytes[i + 1];
	}
	bool big = bom ? p->bytes[0] == 0xfe : even > odd;
	text_to_utf8(&text, p->bytes + bom, p->size - bom, big ? TEXT_UTF16BE : TEXT_UTF16LE);
	if (text.length)
		give(k, p, "utf16", 0, p->size, text.data, text.length);
	buffer_free(&text);
}

static void look_gzip(struct look *k, const struct piece *p)
{
	struct buffer plain = { 0 };
	inflate_all(p->bytes, p->size, 31, &plain);
	if (plain.length)
		give(k, p, "gzip", 0, p->size, plain.data, plain.length);
	buffer_free(&plain);
}

/* ---- OLE2 */

/* Names of streams in installer packages: two characters of this alphabet in one of U+3800 to U+47FF, one in U+4800 to U+483F, U+4840 before a table. */
static void stream_name(const struct ole_entry *e, char *out, size_t room)
{
	static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
	size_t n = 0;
	for (size_t i = 0; i < e->name_length && n + 3 < room;) {
		const uint8_t *c = (const uint8_t *)e->name + i;
		unsigned point = c[0] >> 4 == 0xe && e->name_length - i >= 3 ? (c[0] & 15u) << 12 | (c[1] & 63u) << 6 | (c[2] & 63u) : 0;
		i += point ? 3 : 1;
		if (point >= 0x3800 && point < 0x4800) {
			out[n++] = alphabet[(point - 0x3800) & 63];
			out[n++] = alphabet[(point - 0x3800) >> 6];
		} else if (point >= 0x4800 && point < 0x4840) {
			out[n++] = alphabet[point - 0x4800];
		} else if (point == 0x4840) {
			out[n++] = '!';
		} else {
			out[n++] = !point && c[0] > 32 && c[0] < 127 ? (char)c[0] : '_';
		}
	}
	out[n] = 0;
}

/* The macro source in a stream: behind the compiled code, a container whose first literals are "Attribut" (signature, header, flags 0). */
static void look_macro(struct look *k, const struct piece *p, const char *name)
{
	static const char mark[] = "\0Attribut";
	for (size_t at = 3; at + sizeof mark - 1 <= p->size && !k->limit; at++) {
		const uint8_t *next = memmem(p->bytes + at, p->size - at, mark, sizeof mark - 1);
		if (!next)
			return;
		at = (size_t)(next - p->bytes);
		struct buffer source = { 0 };
		char kind[96];
		size_t used = next[-3] == 1 ? vba_decompress(next - 3, p->size - at + 3, ONE_MAX, &source) : 0;
		snprintf(kind, sizeof kind, "vba:%.80s", name);
		if (used && source.length)
			give(k, p, kind, at - 3, used, source.data, source.length);
		at += used > 3 ? used - 3 : 0;
		buffer_free(&source);
	}
}

static void look_ole(struct look *k, const struct piece *p)
{
	struct source *file = source_of_memory(p->bytes, p->size, false);
	struct ole *o = ole_open(file, NULL, NULL);
	uint64_t budget = p->size;              /* streams of a sound file share no sectors */
	for (size_t i = 0; o && i < ole_entries(o) && !k->limit; i++) {
		const struct ole_entry *e = ole_entry(o, (int32_t)i);
		struct buffer stream = { 0 };
		char name[80], kind[96];
		if (!e || e->type != OLE_STREAM || !budget)
			continue;
		(void)ole_read(o, (int32_t)i, budget < ONE_MAX ? budget : ONE_MAX, &stream);
		budget -= stream.length < budget ? stream.length : budget;
		stream_name(e, name, sizeof name);
		snprintf(kind, sizeof kind, "ole:%s", name);
		if (stream.length) {
			if (!p->direct)
				give(k, p, kind, 0, p->size, stream.data, stream.length);
			struct piece inside = *p;
			inside.bytes = stream.data;
			inside.size = stream.length;
			inside.direct = false;
			inside.offset = p->direct ? 0 : p->offset;
			inside.length = p->direct ? p->size : p->length;
			look_macro(k, &inside, name);
		}
		buffer_free(&stream);
	}
	ole_close(o);
	source_close(file);
}

/* ---- RTF */

static int hex_value(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The hex digits of the group, control words and groups between them left out, as Word reads it. Returns where the group ends. */
static size_t object_data(const uint8_t *b, size_t length, size_t at, struct buffer *out)
{
	int high = -1;
	unsigned depth = 0;
	for (; at < length; at++) {
		int v = hex_value(b[at]);
		if (b[at] == '{') {
			depth++;
		} else if (b[at] == '}') {
			if (!depth--)
				break;
		} else if (b[at] == '\\' && at + 1 < length) {
			at++;
			if (b[at] == '\'') {            /* a byte of text: it is passed over */
				at += 2;
				continue;
			}
			while (at + 1 < length && ((b[at + 1] >= 'a' && b[at + 1] <= 'z') || (b[at + 1] >= 'A' && b[at + 1] <= 'Z')))
				at++;
			while (at + 1 < length && ((b[at + 1] >= '0' && b[at + 1] <= '9') || b[at + 1] == '-'))
				at++;
		} else if (v >= 0 && !depth) {
			if (high >= 0)
				buffer_byte(out, (uint8_t)(high << 4 | v));
			high = high >= 0 ? -1 : v;
		}
	}
	return at;
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* [MS-OLEDS] 2.2.4, 2.2.5: version, format, three names with their lengths, then the length of the data: where it begins, or 0. */
static size_t ole1_data(const struct buffer *b)
{
	size_t at = 8;
	for (int i = 0; i < 3; i++) {
		uint32_t n = b->length - at >= 4 ? u32(b->data + at) : UINT32_MAX;
		if (n > OLE1_HEADER_MOST || b->length - at - 4 < n)
			return 0;
		at += 4 + n;
	}
	return b->length - at > 4 ? at + 4 : 0;
}

static void look_rtf(struct look *k, const struct piece *p)
{
	static const char mark[] = "\\objdata";
	struct buffer data = { 0 };
	for (size_t at = 0; at < p->size && !k->limit;) {
		const uint8_t *next = memmem(p->bytes + at, p->size - at, mark, sizeof mark - 1);
		if (!next)
			break;
		size_t from = (size_t)(next - p->bytes) + sizeof mark - 1;
		buffer_clear(&data);
		at = object_data(p->bytes, p->size, from, &data);
		if (data.length < OBJECT_LEAST)
			continue;
		give(k, p, "rtf.object", from, at - from, data.data, data.length);
		size_t inside = ole1_data(&data);
		if (inside)
			give(k, p, "rtf.object.data", from, at - from, data.data + inside, data.length - inside);
	}
	buffer_free(&data);
}

/* ---- PDF */

static void look_pdf(struct look *k, const struct piece *p)
{
	static const char mark[] = "stream", filter[] = "FlateDecode", shorter[] = "/Fl";
	size_t last = 0;                        /* where the stream before this one ended */
	for (size_t at = 0; at < p->size && !k->limit;) {
		const uint8_t *next = memmem(p->bytes + at, p->size - at, mark, sizeof mark - 1);
		if (!next)
			break;
		size_t word = (size_t)(next - p->bytes), from = word + sizeof mark - 1, dictionary = word - last > 4096 ? word - 4096 : last;
		at = from;
		if (word >= 3 && memcmp(next - 3, "end", 3) == 0) {
			last = from;
			continue;
		}
		if (!memmem(p->bytes + dictionary, word - dictionary, filter, sizeof filter - 1) && !memmem(p->bytes + dictionary, word - dictionary, shorter, sizeof shorter - 1))
			continue;
		from += from < p->size && p->bytes[from] == '\r';
		from += from < p->size && p->bytes[from] == '\n';
		const uint8_t *end = memmem(p->bytes + from, p->size - from, "endstream", 9);
		size_t length = end ? (size_t)(end - p->bytes) - from : p->size - from;
		struct buffer plain = { 0 };
		inflate_all(p->bytes + from, length, 15, &plain);
		if (plain.length)
			give(k, p, "pdf.stream", from, length, plain.data, plain.length);
		buffer_free(&plain);
		at = from + length;
	}
}

/* ---- what is looked for in what */

/* below: only in layers, for a file of that type is opened, and what is in it are nodes (so are the streams of OLE2, but not the macros in them). */
static const struct { const char *type; void (*look)(struct look *k, const struct piece *p); bool below; } looks[] = {
	{ "text", look_base64, false }, { "html", look_base64, false }, { "xml", look_base64, false }, { "script", look_base64, false }, { "mail", look_base64, true },
	{ "utf16", look_utf16, false }, { "gz", look_gzip, true }, { "ole", look_ole, false }, { "rtf", look_rtf, true }, { "pdf", look_pdf, false },
};

static void look_into(struct look *k, const struct piece *p)
{
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
		if (strcmp(p->filetype, looks[i].type) == 0 && !(looks[i].below && p->direct))
			looks[i].look(k, p);
}

bool layers_may_be(const char *filetype)
{
	for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
		if (!looks[i].below && strcmp(filetype, looks[i].type) == 0)
			return true;
	return false;
}

const char *layers_look(const uint8_t *bytes, size_t length, const char *filetype, layer_found *found, void *owner)
{
	struct look k = { .found = found, .owner = owner };
	look_into(&k, &(struct piece){ bytes, length, filetype, "", 0, length, true });
	return k.limit;
}
