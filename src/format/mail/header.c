/* SPDX-License-Identifier: Apache-2.0 */
/* header.c: header fields of mail (RFC 5322, 2045, 2047, 2231), as mail programs show them and as attackers write them.
 *
 * Tolerated: blanks before the colon, lines that are no field between fields (skipped when more fields follow, else the body begins there), raw 8-bit, NULs,
 * encoded words anywhere, broken base64, characters split over encoded words of one charset, parameters without quotes or in both RFC 2231 and plain form,
 * encoded words in parameters, dates without comma, seconds, century or zone. */
#include "format/mail/header.h"

#include <string.h>

#include "format/mail/transfer.h"

enum { ODD_LINE_LOOK = 64 * 1024 };     /* how far a line that is no field is followed by fields for the block to go on */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v' || c == 0;
}

bool mail_text_is(struct mail_text t, const char *word)
{
	return text_equal_nocase(t.text, t.length, word, strlen(word));
}

static struct mail_text trimmed(struct mail_text t)
{
	while (t.length && blank(t.text[0])) {
		t.text++;
		t.length--;
	}
	while (t.length && blank(t.text[t.length - 1]))
		t.length--;
	return t;
}

size_t mail_field_name(const uint8_t *line, size_t length)
{
	size_t at = 0;
	while (at < length && at < 256 && line[at] > ' ' && line[at] != ':' && line[at] != 0x7f)
		at++;
	size_t name = at;
	while (at < length && (line[at] == ' ' || line[at] == '\t'))
		at++;
	return name && at < length && line[at] == ':' ? at + 1 : 0;
}

/* End of the line at `at`, behind its LF (or lone CR in a text without LF: the caller's bytes are then taken whole). */
static size_t line_end(const uint8_t *bytes, size_t size, size_t at)
{
	const uint8_t *lf = memchr(bytes + at, '\n', size - at);
	return lf ? (size_t)(lf - bytes) + 1 : size;
}

static size_t line_length(const uint8_t *bytes, size_t from, size_t end)
{
	while (end > from && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r'))
		end--;
	return end - from;
}

bool mail_field_known(const uint8_t *line, size_t length)
{
	static const char *const known[] = { "content-", "mime-", "subject", "from", "to", "cc", "date", "received", "message-id", "x-", "return-path", "reply-to",
		"sender", "in-reply-to", "references", "delivered-to", "dkim-", "arc-", "authentication-results", "list-", "status", "organization", "envelope-to" };
	if (!mail_field_name(line, length))
		return false;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		size_t n = strlen(known[i]);
		bool prefix = known[i][n - 1] == '-';
		if (length > n && text_equal_nocase((const char *)line, n, known[i], n) && (prefix || line[n] == ':' || line[n] == ' '))
			return true;
	}
	return false;
}

static bool fields_follow(const uint8_t *bytes, size_t size, size_t at)
{
	size_t most = size - at < ODD_LINE_LOOK ? size : at + ODD_LINE_LOOK;
	while (at < most) {
		size_t end = line_end(bytes, size, at);
		size_t length = line_length(bytes, at, end);
		if (!length)
			return false;
		if (mail_field_known(bytes + at, length))
			return true;
		at = end;
	}
	return false;
}

void mail_header_read(struct mail_header *h, const uint8_t *bytes, size_t size, struct arena *a)
{
	*h = (struct mail_header){ 0 };
	size_t capacity = 0, at = 0, odd_from = 0;
	bool odd_checked = false;
	h->no_separator = true;
	while (at < size) {
		size_t end = line_end(bytes, size, at);
		size_t length = line_length(bytes, at, end);
		if (!length) {
			h->no_separator = false;
			at = end;
			break;
		}
		size_t name = mail_field_name(bytes + at, length);
		bool folded = bytes[at] == ' ' || bytes[at] == '\t';
		if (folded && h->fields && !h->limit) {
			struct mail_field *f = &h->field[h->fields - 1];
			if (f->offset + f->length == at) {
				f->length = end - f->offset;
				f->value.length = (size_t)((const char *)bytes + at + length - f->value.text);
				at = end;
				continue;
			}
		}
		if (name && !folded) {
			if (h->fields == MAIL_FIELDS_MAX) {
				h->limit = true;
			} else {
				h->field = arena_room(a, h->field, h->fields, &capacity, sizeof *h->field);
				struct mail_field *f = &h->field[h->fields++];
				const char *text = (const char *)bytes + at;
				f->name = trimmed((struct mail_text){ text, name - 1 });
				f->value = (struct mail_text){ text + name, length - name };
				f->offset = at;
				f->length = end - at;
			}
		} else if (!folded && !(at == 0 && (memcmp(bytes, ">From ", length < 6 ? length : 6) == 0 || memcmp(bytes, "From ", length < 5 ? length : 5) == 0))) {
			/* the look-ahead is done once a stretch of odd lines, so that it stays linear */
			if (!odd_checked || at >= odd_from) {
				odd_checked = true;
				if (!fields_follow(bytes, size, end))
					break;
				odd_from = end + ODD_LINE_LOOK / 2;
			}
			h->odd_lines = true;
		}
		at = end;
	}
	h->length = h->body = at;
	h->nul = at && memchr(bytes, 0, at) != NULL;
}

const struct mail_field *mail_header_find(const struct mail_header *h, const char *name, size_t which)
{
	for (size_t i = 0; i < h->fields; i++)
		if (mail_text_is(h->field[i].name, name) && which-- == 0)
			return &h->field[i];
	return NULL;
}

/* ---- text */

bool mail_charset_decode(struct buffer *out, const void *bytes, size_t length, struct mail_text charset)
{
	size_t start = out->length;
	enum text_encoding encoding;
	charset = trimmed(charset);
	while (charset.length && (charset.text[0] == '"' || charset.text[0] == '\'')) {
		charset.text++;
		charset.length--;
	}
	while (charset.length && (charset.text[charset.length - 1] == '"' || charset.text[charset.length - 1] == '\''))
		charset.length--;
	if (charset.length && text_encoding_of(charset.text, charset.length, &encoding) && encoding != TEXT_UTF8) {
		if (encoding == TEXT_LATIN1)
			encoding = TEXT_CP1252;                         /* as all mail programs do */
		if (!text_to_utf8(out, bytes, length, encoding))
			return false;
		if (!text_is_utf8(bytes, length))
			return true;
		out->length = start;                                    /* the charset lies: the bytes are valid UTF-8 */
	}
	if (text_is_utf8(bytes, length)) {
		buffer_append(out, bytes, length);
		return false;
	}
	return text_to_utf8(out, bytes, length, mail_text_is(charset, "utf-8") ? TEXT_UTF8 : TEXT_CP1252);
}

/* One encoded word at `at`: "=?charset*language?B?text?=". False: there is none. */
struct word { struct mail_text charset, text; bool base64; size_t end; };
static bool word_read(struct mail_text v, size_t at, struct word *w)
{
	if (v.length - at < 8 || v.text[at] != '=' || v.text[at + 1] != '?')
		return false;
	const char *p = v.text + at + 2, *end = v.text + v.length;
	const char *question = memchr(p, '?', (size_t)(end - p));
	if (!question || question == p || question - p > 64 || end - question < 4 || question[2] != '?')
		return false;
	char kind = lower(question[1]);
	if (kind != 'b' && kind != 'q')
		return false;
	const char *star = memchr(p, '*', (size_t)(question - p));
	w->charset = (struct mail_text){ p, (size_t)((star ? star : question) - p) };
	for (const char *c = p; c < question; c++)
		if (blank(*c))
			return false;
	w->base64 = kind == 'b';
	p = question + 3;
	const char *close = p;
	while ((close = memchr(close, '?', (size_t)(end - close))) != NULL && !(close + 1 < end && close[1] == '='))
		close++;
	if (!close)
		return false;
	w->text = (struct mail_text){ p, (size_t)(close - p) };
	w->end = (size_t)(close - v.text) + 2;
	return true;
}

struct mail_text mail_decode(struct mail_text raw, struct arena *a, bool *lossy)
{
	struct buffer flat = { 0 }, out = { 0 }, joined = { 0 };
	bool lost = false;
	for (size_t i = 0; i < raw.length; i++)                         /* unfold: line ends vanish, the blank behind stays */
		if (raw.text[i] != '\r' && raw.text[i] != '\n')
			buffer_byte(&flat, (uint8_t)raw.text[i]);
	struct mail_text v = trimmed((struct mail_text){ (const char *)flat.data, flat.length });
	for (size_t at = 0; at < v.length;) {
		struct word w;
		if (!word_read(v, at, &w)) {
			size_t from = at++;
			while (at < v.length && v.text[at] != '=')
				at++;
			lost |= mail_charset_decode(&out, v.text + from, at - from, (struct mail_text){ 0 });
			continue;
		}
		/* words of one charset that follow each other are one run of bytes: a character may be split over them */
		struct mail_text charset = w.charset;
		buffer_clear(&joined);
		for (;;) {
			if (w.base64)
				transfer_base64(&joined, w.text.text, w.text.length);
			else
				transfer_q(&joined, w.text.text, w.text.length);
			at = w.end;
			size_t next = at;
			while (next < v.length && blank(v.text[next]))
				next++;
			struct word following;
			if (next >= v.length || !word_read(v, next, &following))
				break;
			at = next;                                      /* blanks between two words are not text */
			w = following;
			if (!text_equal_nocase(w.charset.text, w.charset.length, charset.text, charset.length))
				break;
		}
		lost |= mail_charset_decode(&out, joined.data ? joined.data : (const uint8_t *)"", joined.length, charset);
	}
	if (lossy)
		*lossy |= lost;
	struct mail_text result = { arena_copy(a, out.data ? out.data : (const uint8_t *)"", out.length), out.length };
	buffer_free(&flat);
	buffer_free(&out);
	buffer_free(&joined);
	return result;
}

/* ---- values with parameters */

/* Passes over blanks and comments. */
static size_t skip_comments(struct mail_text v, size_t at)
{
	unsigned depth = 0;
	for (; at < v.length; at++) {
		char c = v.text[at];
		if (depth && c == '\\')
			at++;
		else if (c == '(')
			depth++;
		else if (depth && c == ')')
			depth--;
		else if (!depth && !blank(c))
			break;
	}
	return at < v.length ? at : v.length;
}

struct mail_text mail_value_token(struct mail_text value, struct arena *a)
{
	struct buffer out = { 0 };
	for (size_t at = skip_comments(value, 0); at < value.length && value.text[at] != ';';) {
		char c = value.text[at];
		if (c != '"' && c != ',')
			buffer_byte(&out, (uint8_t)lower(c));
		else if (c == ',')
			break;
		at = skip_comments(value, at + 1);
	}
	struct buffer text = { 0 };
	(void)mail_charset_decode(&text, out.data, out.length, (struct mail_text){ 0 });
	struct mail_text t = { arena_copy(a, text.data ? text.data : (const uint8_t *)"", text.length), text.length };
	buffer_free(&text);
	buffer_free(&out);
	return t;
}

/* The next parameter behind `*at`: its name and its raw value (quotes taken off, quoted pairs kept as the character). */
static bool parameter_next(struct mail_text v, size_t *at, struct mail_text *name, struct buffer *value)
{
	size_t i = *at;
	for (;;) {
		bool quoted = false;
		while (i < v.length && (quoted || v.text[i] != ';')) {
			if (v.text[i] == '\\' && quoted)
				i++;
			else if (v.text[i] == '"')
				quoted = !quoted;
			else if (!quoted && v.text[i] == '(') {
				i = skip_comments(v, i);
				continue;
			}
			i++;
		}
		if (i >= v.length)
			return false;
		i = skip_comments(v, i + 1);
		size_t from = i;
		while (i < v.length && !blank(v.text[i]) && v.text[i] != '=' && v.text[i] != ';')
			i++;
		*name = (struct mail_text){ v.text + from, i - from };
		i = skip_comments(v, i);
		if (name->length && i < v.length && v.text[i] == '=')
			break;
	}
	i++;
	while (i < v.length && blank(v.text[i]))
		i++;
	buffer_clear(value);
	if (i < v.length && v.text[i] == '"') {
		for (i++; i < v.length && v.text[i] != '"'; i++) {
			if (v.text[i] == '\\' && i + 1 < v.length && (v.text[i + 1] == '"' || v.text[i + 1] == '\\'))
				i++;
			if (v.text[i] != '\r' && v.text[i] != '\n')
				buffer_byte(value, (uint8_t)v.text[i]);
		}
		i += i < v.length;
	} else {
		size_t from = value->length;
		while (i < v.length && v.text[i] != ';') {              /* blanks inside are kept: names without quotes occur */
			if (v.text[i] != '\r' && v.text[i] != '\n')
				buffer_byte(value, (uint8_t)v.text[i]);
			i++;
		}
		while (value->length > from && blank((char)value->data[value->length - 1]))
			value->length--;
	}
	*at = i;
	return true;
}

static void percent_decode(struct buffer *out, const uint8_t *p, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		int high = i + 2 < length && p[i] == '%' ? transfer_hex((char)p[i + 1]) : -1;
		int low = high >= 0 ? transfer_hex((char)p[i + 2]) : -1;
		if (low >= 0) {
			buffer_byte(out, (uint8_t)(high << 4 | low));
			i += 2;
		} else {
			buffer_byte(out, p[i]);
		}
	}
}

/* "name*0*" -> section 0, encoded. Returns false when it is another parameter. */
static bool parameter_section(struct mail_text name, const char *want, bool *starred, bool *encoded, unsigned *section)
{
	size_t n = strlen(want);
	if (name.length < n || !text_equal_nocase(name.text, n, want, n) || (name.length > n && name.text[n] != '*'))
		return false;
	*starred = name.length > n;
	*encoded = name.text[name.length - 1] == '*';
	*section = 0;
	for (size_t i = n + 1; i < name.length && name.text[i] >= '0' && name.text[i] <= '9' && *section < 10000; i++)
		*section = *section * 10 + (unsigned)(name.text[i] - '0');
	return true;
}

struct mail_text mail_parameter(struct mail_text value, const char *name, bool starred, size_t which, struct arena *a)
{
	struct buffer part = { 0 }, bytes = { 0 }, out = { 0 };
	struct mail_text found = { 0 }, key, charset = { 0 };
	bool is_starred, encoded, any = false;
	unsigned section, expected = 0;
	size_t at = 0;
	bool again = true;
	/* sections of RFC 2231 may stand in any order: another turn for each that stands before its predecessor */
	for (unsigned turn = 0; again && turn < 64; turn++) {
		again = false;
		at = 0;
		while (parameter_next(value, &at, &key, &part)) {
			if (!parameter_section(key, name, &is_starred, &encoded, &section) || is_starred != starred)
				continue;
			if (!starred) {
				if (which-- == 0) {
					found = mail_decode((struct mail_text){ part.data ? (const char *)part.data : "", part.length }, a, NULL);
					any = true;
					goto done;
				}
				continue;
			}
			if (which) {
				if (section == 0)
					which--;
				continue;
			}
			if (section != expected) {
				again |= section > expected && expected > 0;
				continue;
			}
			const uint8_t *p = part.data;
			size_t length = part.length;
			if (encoded && section == 0 && length) {        /* charset'language'text */
				const uint8_t *quote = memchr(p, '\'', length);
				const uint8_t *second = quote ? memchr(quote + 1, '\'', length - (size_t)(quote + 1 - p)) : NULL;
				if (second) {
					charset = (struct mail_text){ arena_copy(a, p, (size_t)(quote - p)), (size_t)(quote - p) };
					length -= (size_t)(second + 1 - p);
					p = second + 1;
				}
			}
			if (length && encoded)
				percent_decode(&bytes, p, length);
			else if (length)
				buffer_append(&bytes, p, length);
			any = true;
			expected++;
			again = true;
		}
		if (!any)
			break;
	}
	if (any) {
		mail_charset_decode(&out, bytes.data ? bytes.data : (const uint8_t *)"", bytes.length, charset);
		found = (struct mail_text){ arena_copy(a, out.data ? out.data : (const uint8_t *)"", out.length), out.length };
		if (!charset.length && found.length > 1 && memchr(found.text, '=', found.length))
			found = mail_decode(found, a, NULL);
	}
done:
	buffer_free(&part);
	buffer_free(&bytes);
	buffer_free(&out);
	return any ? found : (struct mail_text){ 0 };
}

/* ---- addresses */

size_t mail_addresses(struct mail_text v, struct mail_address *to, size_t most, struct arena *a)
{
	size_t count = 0, i = 0;
	struct buffer word = { 0 }, inside = { 0 }, comment = { 0 };
	while (i < v.length && count < most) {
		buffer_clear(&word);
		buffer_clear(&inside);
		buffer_clear(&comment);
		bool angle = false;
		for (; i < v.length && v.text[i] != ',' && v.text[i] != ';'; i++) {
			char c = v.text[i];
			if (c == '"') {
				for (i++; i < v.length && v.text[i] != '"'; i++) {
					if (v.text[i] == '\\' && i + 1 < v.length)
						i++;
					buffer_byte(&word, (uint8_t)v.text[i]);
				}
			} else if (c == '(') {
				size_t end = skip_comments(v, i);
				size_t length = end > i + 1 ? end - i - 1 : 0;
				while (length && v.text[i + length] != ')')
					length--;
				if (length > 1)
					buffer_append(&comment, v.text + i + 1, length - 1);
				i = end - 1;
			} else if (c == '<') {
				/* several in one mailbox: the last is the address, the others are part of what is shown */
				if (angle) {
					buffer_byte(&word, '<');
					buffer_append(&word, inside.data ? inside.data : (const uint8_t *)"", inside.length);
					buffer_byte(&word, '>');
				}
				angle = true;
				buffer_clear(&inside);
				for (i++; i < v.length && v.text[i] != '>'; i++)
					if (!blank(v.text[i]))
						buffer_byte(&inside, (uint8_t)v.text[i]);
			} else if (c == ':' && !angle && !(word.data && memchr(word.data, '@', word.length))) {
				buffer_clear(&word);                    /* a group's name */
			} else {
				buffer_byte(&word, (uint8_t)c);
			}
		}
		i++;
		struct mail_text shown = mail_decode((struct mail_text){ word.data ? (const char *)word.data : "", word.length }, a, NULL);
		struct mail_text address = mail_decode((struct mail_text){ inside.data ? (const char *)inside.data : "", inside.length }, a, NULL);
		if (!angle) {
			address = shown;
			shown = mail_decode((struct mail_text){ comment.data ? (const char *)comment.data : "", comment.length }, a, NULL);
		}
		if (address.length || shown.length)
			to[count++] = (struct mail_address){ .name = shown, .address = address };
	}
	buffer_free(&word);
	buffer_free(&inside);
	buffer_free(&comment);
	return count;
}

/* ---- dates */

struct date_token { const char *text; size_t length; bool number; unsigned value; };

static int name_of(const char *text, size_t length, const char *names, unsigned count)
{
	if (length < 3)
		return -1;
	for (unsigned i = 0; i < count; i++)
		if (text_equal_nocase(text, 3, names + i * 3, 3))
			return (int)i;
	return -1;
}

/* Offset of a zone in minutes. False: no zone. */
static bool zone_read(const char *p, size_t length, int *minutes, bool *stated)
{
	static const struct { const char *name; int minutes; } zones[] = { { "UT", 0 }, { "UTC", 0 }, { "GMT", 0 }, { "Z", 0 }, { "EST", -300 }, { "EDT", -240 },
		{ "CST", -360 }, { "CDT", -300 }, { "MST", -420 }, { "MDT", -360 }, { "PST", -480 }, { "PDT", -420 }, { "CET", 60 }, { "CEST", 120 },
		{ "MET", 60 }, { "MEST", 120 }, { "WET", 0 }, { "EET", 120 }, { "EEST", 180 }, { "MSK", 180 }, { "JST", 540 } };
	*stated = true;
	if (length >= 3 && (p[0] == '+' || p[0] == '-')) {
		unsigned digit[4], digits = 0;
		for (size_t i = 1; i < length; i++) {
			if (p[i] == ':')
				continue;
			if (p[i] < '0' || p[i] > '9' || digits == 4)
				return false;
			digit[digits++] = (unsigned)(p[i] - '0');
		}
		if (digits != 4 && digits != 2)
			return false;
		unsigned hours = digit[0] * 10 + digit[1], rest = digits == 4 ? digit[2] * 10 + digit[3] : 0;
		if (hours > 23 || rest > 59)
			return false;
		*minutes = (int)(hours * 60 + rest) * (p[0] == '-' ? -1 : 1);
		*stated = !(p[0] == '-' && *minutes == 0);              /* "-0000": UTC, nothing said of the writer's zone */
		return true;
	}
	for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
		if (text_equal_nocase(p, length, zones[i].name, strlen(zones[i].name))) {
			*minutes = zones[i].minutes;
			*stated = *minutes != 0;
			return true;
		}
	if (length == 1 && ((p[0] >= 'A' && p[0] <= 'Z') || (p[0] >= 'a' && p[0] <= 'z'))) {
		*minutes = 0;                                           /* military letters: RFC 5322 4.3 takes them as -0000 */
		*stated = false;
		return true;
	}
	return false;
}

bool mail_date_read(struct mail_date *d, const char *text, size_t length)
{
	struct mail_text v = trimmed((struct mail_text){ text, length < 512 ? length : 512 });
	*d = (struct mail_date){ 0 };
	if (v.length >= 19 && v.text[4] == '-' && v.text[7] == '-' && time_parse(v.text, v.length, &d->time)) {
		d->stated = v.text[v.length - 1] != 'Z';
		return true;
	}
	int month = -1, hour = -1, minute = -1, second = -1, zone = 0, day = -1, year = -1;
	bool have_zone = false, stated = false, short_year = false;
	for (size_t i = skip_comments(v, 0); i < v.length;) {
		size_t from = i;
		while (i < v.length && !blank(v.text[i]) && v.text[i] != ',' && v.text[i] != '(')
			i++;
		struct mail_text t = { v.text + from, i - from };
		while (i < v.length && v.text[i] == ',')
			i++;
		i = skip_comments(v, i);
		if (!t.length)
			continue;
		/* "5-Mar-2024": three tokens in one */
		const char *dash = memchr(t.text, '-', t.length);
		if (dash && dash > t.text && month < 0 && t.text[0] >= '0' && t.text[0] <= '9') {
			size_t rest = t.length - (size_t)(dash + 1 - t.text);
			int m = name_of(dash + 1, rest, "JanFebMarAprMayJunJulAugSepOctNovDec", 12);
			const char *second_dash = memchr(dash + 1, '-', rest);
			if (m < 0 || !second_dash)
				return false;
			month = m + 1;
			day = 0;
			for (const char *p = t.text; p < dash && *p >= '0' && *p <= '9' && day < 100; p++)
				day = day * 10 + (*p - '0');
			t = (struct mail_text){ second_dash + 1, t.length - (size_t)(second_dash + 1 - t.text) };
		}
		size_t digits = 0;
		unsigned value = 0;
		while (digits < t.length && t.text[digits] >= '0' && t.text[digits] <= '9' && digits < 6)
			value = value * 10 + (unsigned)(t.text[digits++] - '0');
		if (digits && digits < t.length && (t.text[digits] == ':' || (t.text[digits] == '.' && hour < 0 && digits <= 2))) {
			if (hour >= 0)
				continue;
			int part[3] = { (int)value, -1, -1 };
			unsigned parts = 1;
			size_t p = digits;
			while (p < t.length && (t.text[p] == ':' || t.text[p] == '.') && parts < 3) {
				p++;
				int n = -1;
				size_t width = 0;
				while (p < t.length && t.text[p] >= '0' && t.text[p] <= '9' && width < 3) {
					n = (n < 0 ? 0 : n) * 10 + (t.text[p++] - '0');
					width++;
				}
				if (n < 0)
					break;
				part[parts++] = n;
			}
			hour = part[0];
			minute = part[1];
			second = part[2];
			struct mail_text behind = { t.text + p, t.length - p };
			if (behind.length && zone_read(behind.text, behind.length, &zone, &stated))
				have_zone = true;                       /* "10:11:12+0100" */
			else if (mail_text_is(behind, "pm") && hour < 12)
				hour += 12;
		} else if (digits == t.length && digits) {
			if (day < 0 && digits <= 2)
				day = (int)value;
			else if (year < 0 && digits <= 5) {
				year = (int)value;
				short_year = digits <= 3;
			}
		} else if (!have_zone && hour >= 0 && zone_read(t.text, t.length, &zone, &stated)) {
			have_zone = true;
		} else if (month < 0) {
			int m = name_of(t.text, t.length, "JanFebMarAprMayJunJulAugSepOctNovDec", 12);
			if (m >= 0 && name_of(t.text, t.length, "SunMonTueWedThuFriSat", 7) < 0)
				month = m + 1;
		}
	}
	if (day < 0 || month < 0 || year < 0 || hour < 0 || minute < 0)
		return false;
	if (short_year)
		year += year < 50 ? 2000 : 1900;                        /* RFC 5322 4.3 */
	bool leap = second == 60;
	d->time = time_from_civil(year, (unsigned)month, (unsigned)day, (unsigned)hour, (unsigned)minute, second < 0 ? 0 : leap ? 59 : (unsigned)second, 0,
	                          second < 0 ? TIME_MINUTE : TIME_S);
	if (d->time.state != TIME_VALID)
		return false;
	d->time.seconds += leap;
	if (have_zone)
		d->time.seconds -= (int64_t)zone * 60;
	else
		d->time.zone = TIME_LOCAL;
	d->stated = have_zone && stated;
	return true;
}
