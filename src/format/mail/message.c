/* SPDX-License-Identifier: Apache-2.0 */
/* message.c: what a mail message says of itself as a `message` record, and the moments that it names as events.
 *
 * Everything in a header is a claim of whoever wrote it; hops below the receiver's own border can be forged. Times that name an offset are brought to UTC and
 * marked "stated"; those without are the writer's wall clock. The record is bounded (RECORD_LENGTH_MAX): headers, addresses, links and parts each have
 * a share, and reaching one is told. */
#include "format/mail/message.h"

#include <string.h>

#include "format/mail/auth.h"
#include "format/mail/mime.h"
#include "format/mail/same.h"

/* Limits of one record. */
enum {
	MESSAGE_URLS_MAX = 1000, MESSAGE_URL_LENGTH_MAX = 8192, MESSAGE_URLS_BYTES_MAX = 192 * 1024,
	MESSAGE_ADDRESSES_MAX = 1000, MESSAGE_ADDRESSES_BYTES_MAX = 64 * 1024,
	MESSAGE_HEADERS_BYTES_MAX = 256 * 1024, MESSAGE_HEADER_BYTES_MAX = 32 * 1024,
	MESSAGE_HOPS_MAX = 100, MESSAGE_HOP_BYTES_MAX = 4096,
	MESSAGE_PARTS_BYTES_MAX = 128 * 1024,
	MESSAGE_TEXT_BYTES_MAX = 16 << 20,      /* decoded text that is searched for links */
};

struct making {
	struct record_builder record;
	struct arena *arena;
	struct reporter *report;
	struct buffer *out;
	const struct mime *mime;
	size_t skip;                            /* bytes before the header */
};

static struct mail_text cut(struct mail_text t, size_t most)
{
	if (t.length > most) {
		t.length = most;
		while (t.length && ((uint8_t)t.text[t.length] & 0xc0) == 0x80)
			t.length--;
	}
	return t;
}

static struct mail_text decoded(const struct making *m, struct mail_text raw, bool *lossy)
{
	return mail_decode(cut(raw, MESSAGE_HEADER_BYTES_MAX), m->arena, lossy);
}

static void field_text(struct making *m, const char *name, enum record_field f)
{
	const struct mail_field *field = mail_header_find(&m->mime->header, name, 0);
	if (!field)
		return;
	bool lossy = false;
	struct mail_text t = decoded(m, field->value, &lossy);
	if (lossy)
		record_lossy(&m->record, f, t.text, t.length, field->value.text, cut(field->value, MESSAGE_HEADER_BYTES_MAX).length);
	else
		record_text(&m->record, f, t.text, t.length);
}

static struct mail_text address_text(const struct making *m, const struct mail_address *a)
{
	if (!a->name.length)
		return a->address;
	struct buffer b = { 0 };
	buffer_append(&b, a->name.text, a->name.length);
	buffer_text(&b, " <");
	buffer_append(&b, a->address.text, a->address.length);
	buffer_byte(&b, '>');
	struct mail_text t = { arena_copy(m->arena, b.data, b.length), b.length };
	buffer_free(&b);
	return t;
}

/* Every field of that name counts: a second From is there to be seen by some programs only. */
static void field_addresses(struct making *m, const char *name, enum record_field f)
{
	const struct mail_field *field;
	size_t left = MESSAGE_ADDRESSES_MAX, bytes = MESSAGE_ADDRESSES_BYTES_MAX;
	bool open = false, over = false;
	for (size_t which = 0; (field = mail_header_find(&m->mime->header, name, which)) != NULL && left; which++) {
		struct mail_address *list = arena_array(m->arena, MESSAGE_ADDRESSES_MAX, sizeof *list);
		size_t count = mail_addresses(field->value, list, left, m->arena);
		left -= count;
		for (size_t i = 0; i < count; i++) {
			struct mail_text t = cut(address_text(m, &list[i]), 4096);
			if (t.length + 16 > bytes) {
				over = true;
				break;
			}
			bytes -= t.length + 16;
			if (!open)
				record_list(&m->record, f);
			open = true;
			value_text(&m->record, NULL, t.text, t.length);
		}
	}
	if (open)
		record_close(&m->record);
	if (over || !left)
		report_error(m->report, "limit", "mail.addresses", NULL, 0, 0, "%s: more addresses than the limit", name);
}

/* ---- hops */

struct hop { struct mail_text from, by, with, to, date; };

/* Cuts a Received field by its clause words outside comments: "from X (…) by Y with Z id N for W; date". */
static void hop_read(struct hop *hop, struct mail_text v)
{
	static const char *const words[] = { "from", "by", "via", "with", "id", "for" };
	struct mail_text *slot[] = { &hop->from, &hop->by, NULL, &hop->with, NULL, &hop->to };
	*hop = (struct hop){ 0 };
	size_t semicolon = v.length;
	unsigned depth = 0;
	for (size_t i = 0; i < v.length; i++) {
		char c = v.text[i];
		if (c == '\\' && depth)
			i++;
		else if (c == '(')
			depth++;
		else if (c == ')' && depth)
			depth--;
		else if (c == ';' && !depth)
			semicolon = i;
	}
	if (depth || semicolon == v.length) {                   /* a comment that does not end hides it: then the last one counts */
		const char *last = memrchr(v.text, ';', v.length);
		semicolon = last ? (size_t)(last - v.text) : v.length;
	}
	if (semicolon < v.length)
		hop->date = (struct mail_text){ v.text + semicolon + 1, v.length - semicolon - 1 };
	size_t clause_at = 0;
	struct mail_text *clause = NULL;
	depth = 0;
	for (size_t i = 0; i <= semicolon; i++) {
		bool edge = i == 0 || v.text[i - 1] == ' ' || v.text[i - 1] == '\t' || v.text[i - 1] == '\n' || v.text[i - 1] == ')';
		if (i < semicolon && depth == 0 && edge)
			for (unsigned w = 0; w < sizeof words / sizeof *words; w++) {
				size_t n = strlen(words[w]);
				if (semicolon - i <= n || !text_equal_nocase(v.text + i, n, words[w], n) || (v.text[i + n] != ' ' && v.text[i + n] != '\t' && v.text[i + n] != '\r' && v.text[i + n] != '\n'))
					continue;
				if (clause && !clause->text)
					*clause = (struct mail_text){ v.text + clause_at, i - clause_at };
				clause = slot[w];
				clause_at = i + n + 1;
				i += n;
				break;
			}
		if (i < semicolon) {
			char c = v.text[i];
			if (c == '(')
				depth++;
			else if (c == ')' && depth)
				depth--;
		}
	}
	if (clause && !clause->text && clause_at <= semicolon)
		*clause = (struct mail_text){ v.text + clause_at, semicolon - clause_at };
}

static void value_decoded(struct making *m, const char *key, struct mail_text raw)
{
	if (!raw.length)
		return;
	struct mail_text t = mail_decode(cut(raw, MESSAGE_HOP_BYTES_MAX), m->arena, NULL);
	if (t.length)
		value_text(&m->record, key, t.text, t.length);
}

/* Seconds that the message took from the hop below, where both name an offset. */
static void hop_delay(struct making *m, size_t hop, const struct mail_date *date)
{
	const struct mail_field *below = mail_header_find(&m->mime->header, "Received", hop + 1);
	struct hop other;
	struct mail_date before;
	if (!below || date->time.zone == TIME_LOCAL)
		return;
	hop_read(&other, below->value);
	if (mail_date_read(&before, other.date.text, other.date.length) && before.time.zone != TIME_LOCAL)
		value_signed(&m->record, "delay", date->time.seconds - before.time.seconds);
}

static size_t hops_write(struct making *m)
{
	const struct mail_field *field;
	size_t hops = 0;
	for (; hops < MESSAGE_HOPS_MAX && (field = mail_header_find(&m->mime->header, "Received", hops)) != NULL; hops++) {
		if (!hops)
			record_list(&m->record, F_RECEIVED);
		struct hop hop;
		struct mail_date date;
		hop_read(&hop, field->value);
		value_map(&m->record, NULL);
		value_decoded(m, "from", hop.from);
		value_decoded(m, "by", hop.by);
		value_decoded(m, "with", hop.with);
		value_decoded(m, "for", hop.to);
		if (mail_date_read(&date, hop.date.text, hop.date.length)) {
			value_time(&m->record, "time", &date.time);
			hop_delay(m, hops, &date);
		}
		value_decoded(m, "raw", field->value);
		record_close(&m->record);
	}
	if (hops)
		record_close(&m->record);
	if (mail_header_find(&m->mime->header, "Received", hops))
		report_error(m->report, "limit", "mail.hops", NULL, 0, 0, "more than %d Received fields", MESSAGE_HOPS_MAX);
	return hops;
}

static void headers_write(struct making *m)
{
	const struct mail_header *h = &m->mime->header;
	size_t left = MESSAGE_HEADERS_BYTES_MAX, i = 0;
	record_list(&m->record, F_HEADERS);
	for (; i < h->fields; i++) {
		const struct mail_field *f = &h->field[i];
		bool lossy = false;
		struct mail_text value = decoded(m, f->value, &lossy);
		struct mail_text raw = lossy ? cut(f->value, MESSAGE_HEADER_BYTES_MAX) : (struct mail_text){ 0 };
		size_t cost = f->name.length + value.length + raw.length * 2 + 64;
		if (cost > left)
			break;
		left -= cost;
		value_map(&m->record, NULL);
		value_evidence_text(&m->record, "name", f->name.text, f->name.length, TEXT_UTF8);
		value_text(&m->record, "value", value.text, value.length);
		if (lossy)
			value_hex(&m->record, "value_raw", raw.text, raw.length);
		record_close(&m->record);
	}
	record_close(&m->record);
	if (i < h->fields || h->limit)
		report_error(m->report, "limit", "mail.headers", NULL, m->skip, h->length, "%zu of %s%zu header fields are in the record", i, h->limit ? "more than " : "", h->fields);
}

/* ---- links */

struct url_set { struct mail_text *url; size_t urls; uint64_t *hash; size_t bytes; bool over; };
enum { URL_SLOTS = 4096 };

static void url_add(struct making *m, struct url_set *set, const uint8_t *p, size_t length)
{
	size_t open = 0, shut = 0;
	for (size_t i = 0; i < length; i++) {
		open += p[i] == '(';
		shut += p[i] == ')';
	}
	/* punctuation of the sentence around it; a closing parenthesis only where none was opened inside */
	while (length && strchr(".,;:!?'\")]>}", (char)p[length - 1]) && !(p[length - 1] == ')' && shut <= open)) {
		shut -= p[length - 1] == ')';
		length--;
	}
	if (length < 8)
		return;
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < length; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	h |= 1;
	size_t at = (size_t)(h >> 32) & (URL_SLOTS - 1);
	while (set->hash[at] && set->hash[at] != h)
		at = (at + 1) & (URL_SLOTS - 1);
	if (set->hash[at])
		return;
	if (set->urls == MESSAGE_URLS_MAX || set->bytes + length > MESSAGE_URLS_BYTES_MAX) {
		set->over = true;
		return;
	}
	set->hash[at] = h;
	set->bytes += length;
	if (length > MESSAGE_URL_LENGTH_MAX)
		length = cut((struct mail_text){ (const char *)p, length }, MESSAGE_URL_LENGTH_MAX).length;
	set->url[set->urls++] = (struct mail_text){ arena_copy(m->arena, p, length), length };
}

/* Entities of HTML in a link: the five names and numbers; line ends and tabs vanish, as browsers do it. */
static void entities_decode(struct buffer *out, const uint8_t *p, size_t length)
{
	static const struct { const char *name; char c; } names[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' } };
	for (size_t i = 0; i < length;) {
		bool done = false;
		if (p[i] == '&') {
			for (size_t k = 0; k < sizeof names / sizeof *names && !done; k++) {
				size_t n = strlen(names[k].name);
				if (length - i >= n && text_equal_nocase((const char *)p + i, n, names[k].name, n)) {
					buffer_byte(out, (uint8_t)names[k].c);
					i += n;
					done = true;
				}
			}
			if (!done && length - i > 3 && p[i + 1] == '#') {
				bool hex = p[i + 2] == 'x' || p[i + 2] == 'X';
				size_t k = i + (hex ? 3 : 2);
				uint32_t v = 0;
				size_t from = k;
				for (; k < length && k - from < 8; k++) {
					uint8_t c = p[k];
					uint32_t d = c >= '0' && c <= '9' ? (uint32_t)c - '0' : hex && c >= 'a' && c <= 'f' ? (uint32_t)c - 'a' + 10 : hex && c >= 'A' && c <= 'F' ? (uint32_t)c - 'A' + 10 : 99;
					if (d == 99)
						break;
					v = v * (hex ? 16 : 10) + d;
				}
				if (k > from && v && v < 0x110000 && (v < 0xd800 || v > 0xdfff)) {
					text_utf8_append(out, v);
					i = k + (k < length && p[k] == ';');
					done = true;
				}
			}
		}
		if (done)
			continue;
		if (p[i] != '\r' && p[i] != '\n' && p[i] != '\t')
			buffer_byte(out, p[i]);
		i++;
	}
}

/* Length of the scheme with what must follow it, where a link begins at p; 0: none does. */
static size_t scheme_at(const uint8_t *p, size_t length)
{
	static const char *const schemes[] = { "http://", "https://", "ftp://", "ftps://", "file://", "hxxp://", "hxxps://", "smb://", "search-ms:", "ms-word:", "ms-excel:",
		"ms-powerpoint:", "ms-msdt:", "ms-appinstaller:", "data:text/html", "data:application/", "javascript:", "tel:", "mailto:", "http:/", "https:/", "http:\\", "https:\\" };
	uint8_t first = (uint8_t)(p[0] | 0x20);
	if (!strchr("hfsmdjt", (char)first))
		return 0;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		size_t n = strlen(schemes[i]);
		if (length > n && text_equal_nocase((const char *)p, n, schemes[i], n))
			return n;
	}
	return 0;
}

static bool ends_url(uint8_t c)
{
	return c <= ' ' || c == '<' || c == '>' || c == '"' || c == '`' || c == 0x7f;
}

/* In text: from the scheme to the first character that no link has. In HTML an attribute's value, in quotes, may hold line ends. */
static void urls_find(struct making *m, struct url_set *set, const uint8_t *p, size_t length, bool html)
{
	struct buffer url = { 0 };
	for (size_t at = 0; at + 4 < length;) {
		size_t n = scheme_at(p + at, length - at);
		if (!n || (at && ((p[at - 1] | 0x20) >= 'a' && (p[at - 1] | 0x20) <= 'z'))) {
			at++;
			continue;
		}
		uint8_t quote = html && at && (p[at - 1] == '"' || p[at - 1] == '\'') ? p[at - 1] : 0;
		size_t end = at + n;
		if (quote) {
			while (end < length && p[end] != quote && p[end] != '<' && p[end] != '>' && end - at < MESSAGE_URL_LENGTH_MAX * 4)
				end++;
		} else {
			while (end < length && !ends_url(p[end]) && end - at < MESSAGE_URL_LENGTH_MAX * 4)
				end++;
		}
		buffer_clear(&url);
		if (html)
			entities_decode(&url, p + at, end - at);
		else
			buffer_append(&url, p + at, end - at);
		/* not every link is worth its place */
		bool plain = text_equal_nocase((const char *)p + at, 4, "tel:", 4) || text_equal_nocase((const char *)p + at, 7 < length - at ? 7 : length - at, "mailto:", 7);
		if (!(plain && !html) && text_is_utf8(url.data, url.length))
			url_add(m, set, url.data, url.length);
		at = end;
	}
	buffer_free(&url);
}

static void urls_write(struct making *m)
{
	struct url_set set = { .url = arena_array(m->arena, MESSAGE_URLS_MAX, sizeof *set.url), .hash = arena_array(m->arena, URL_SLOTS, sizeof *set.hash) };
	struct buffer bytes = { 0 }, text = { 0 };
	size_t left = MESSAGE_TEXT_BYTES_MAX;
	for (unsigned i = 0; i < m->mime->parts; i++) {
		const struct mime_part *p = &m->mime->part[i];
		bool html = mail_text_is(p->type, "text/html");
		if (p->type.length < 5 || memcmp(p->type.text, "text/", 5) != 0)
			continue;
		buffer_clear(&bytes);
		buffer_clear(&text);
		if (p->raw_length > left) {
			set.over = true;
			continue;
		}
		left -= p->raw_length;
		mime_decode(p, &bytes);
		mail_charset_decode(&text, bytes.data ? bytes.data : (const uint8_t *)"", bytes.length, p->charset);
		urls_find(m, &set, text.data ? text.data : (const uint8_t *)"", text.length, html);
	}
	if (set.urls) {
		record_list(&m->record, F_URLS);
		for (size_t i = 0; i < set.urls; i++)
			value_text(&m->record, NULL, set.url[i].text, set.url[i].length);
		record_close(&m->record);
	}
	if (set.over)
		report_error(m->report, "limit", "mail.urls", NULL, 0, 0, "more links or text than the limit; %zu links are in the record", set.urls);
	buffer_free(&bytes);
	buffer_free(&text);
}

/* ---- parts */

static void attachments_write(struct making *m)
{
	size_t left = MESSAGE_PARTS_BYTES_MAX;
	bool open = false, over = false;
	struct buffer bytes = { 0 };
	for (unsigned i = 0; i < m->mime->parts; i++) {
		const struct mime_part *p = &m->mime->part[i];
		bool text = p->type.length >= 5 && memcmp(p->type.text, "text/", 5) == 0;
		if (text && !p->names && !mail_text_is(p->disposition, "attachment"))
			continue;
		size_t cost = 160 + p->type.length;
		for (unsigned k = 0; k < p->names; k++)
			cost += p->name[k].length + 16;
		if (cost > left) {
			over = true;
			continue;
		}
		left -= cost;
		if (!open)
			record_list(&m->record, F_ATTACHMENTS);
		open = true;
		buffer_clear(&bytes);
		mime_decode(p, &bytes);
		value_map(&m->record, NULL);
		value_string(&m->record, "locator", arena_format(m->arena, "::attach:%u", p->number));
		if (p->names)
			value_text(&m->record, "name", p->name[0].text, p->name[0].length);
		value_evidence_text(&m->record, "type", p->type.text, p->type.length < 256 ? p->type.length : 256, TEXT_UTF8);
		value_number(&m->record, "size", bytes.length);
		if (p->names > 1) {
			value_list(&m->record, "names");
			for (unsigned k = 0; k < p->names; k++)
				value_text(&m->record, NULL, p->name[k].text, p->name[k].length);
			record_close(&m->record);
		}
		unsigned at = 0;
		const char *word = mime_flag_word(p->flags, &at);
		if (word) {
			value_list(&m->record, "flags");
			for (; word; word = mime_flag_word(p->flags, &at))
				value_string(&m->record, NULL, word);
			record_close(&m->record);
		}
		record_close(&m->record);
	}
	if (open)
		record_close(&m->record);
	if (over)
		report_error(m->report, "limit", "mail.attachments", NULL, 0, 0, "more attachments than fit into the record; the parts themselves are all given");
	buffer_free(&bytes);
}

static void flags_write(struct making *m, struct message_state state)
{
	static const char *const single[] = { "From", "Date", "Sender", "Subject", "To", "Cc", "Reply-To", "Message-ID", "Content-Type", "MIME-Version" };
	const struct mail_header *h = &m->mime->header;
	const char *flag[32];
	unsigned flags = 0;
	for (unsigned i = 0; i < sizeof single / sizeof *single; i++)
		if (mail_header_find(h, single[i], 1)) {
			struct buffer b = { 0 };
			buffer_text(&b, "several_");
			for (const char *c = single[i]; *c; c++)
				buffer_byte(&b, (uint8_t)(*c == '-' ? '_' : *c >= 'A' && *c <= 'Z' ? *c + 32 : *c));
			flag[flags++] = arena_copy(m->arena, b.data, b.length);
			buffer_free(&b);
		}
	if (h->nul)
		flag[flags++] = "nul_in_header";
	if (h->odd_lines)
		flag[flags++] = "odd_header_lines";
	if (h->no_separator)
		flag[flags++] = "no_separator";
	const char *word;
	for (unsigned at = 0; flags < 32 && (word = mime_flag_word(m->mime->flags, &at)) != NULL;)
		flag[flags++] = word;
	if (!flags && !state.words)
		return;
	record_list(&m->record, F_FLAGS);
	for (size_t i = 0; i < state.words; i++)
		value_string(&m->record, NULL, state.word[i]);
	for (unsigned i = 0; i < flags; i++)
		value_string(&m->record, NULL, flag[i]);
	record_close(&m->record);
}

/* ---- events */

static struct mail_text header_text(const struct making *m, const char *name)
{
	const struct mail_field *f = mail_header_find(&m->mime->header, name, 0);
	return f ? cut(decoded(m, f->value, NULL), 512) : (struct mail_text){ 0 };
}

static struct mail_text first_address(const struct making *m, const char *name)
{
	const struct mail_field *f = mail_header_find(&m->mime->header, name, 0);
	struct mail_address a = { 0 };
	if (f)
		mail_addresses(cut(f->value, MESSAGE_HEADER_BYTES_MAX), &a, 1, m->arena);
	return cut(a.address, 512);
}

static void event_write(struct making *m, const struct mail_date *date, const struct mail_field *field, const char *kind, const char *description, struct mail_text by)
{
	struct record_builder r = record_begin(m->out, RECORD_EVENT);
	record_time(&r, F_TIME, &date->time);
	record_string(&r, F_PRECISION, time_precision_name((enum time_precision)date->time.precision));
	if (date->time.zone == TIME_LOCAL)
		record_string(&r, F_ZONE, "local");
	else if (date->stated)
		record_string(&r, F_ZONE, "stated");
	record_string(&r, F_TIMESTAMP_DESC, description);
	record_string(&r, F_KIND, kind);
	record_number(&r, F_OFFSET, m->skip + field->offset);
	record_number(&r, F_LENGTH, field->length);
	struct mail_text from = first_address(m, "From"), to = first_address(m, "To"), subject = header_text(m, "Subject"), id = header_text(m, "Message-ID");
	struct buffer text = { 0 };
	buffer_text(&text, by.length ? "mail received by " : "mail");
	buffer_append(&text, by.text ? by.text : "", by.length);
	buffer_text(&text, " from ");
	buffer_append(&text, from.length ? from.text : "(none)", from.length ? from.length : 6);
	buffer_text(&text, " to ");
	buffer_append(&text, to.length ? to.text : "(none)", to.length ? to.length : 6);
	buffer_text(&text, ": ");
	buffer_append(&text, subject.text ? subject.text : "", subject.length);
	for (size_t i = 0; i < text.length; i++)                /* one line */
		if (text.data[i] == '\r' || text.data[i] == '\n')
			text.data[i] = ' ';
	record_text(&r, F_MESSAGE_TEXT, (const char *)text.data, text.length);
	buffer_free(&text);
	record_map(&r, F_DATA);
	if (from.length)
		value_text(&r, "from", from.text, from.length);
	if (to.length)
		value_text(&r, "to", to.text, to.length);
	if (subject.length)
		value_text(&r, "subject", subject.text, subject.length);
	if (id.length)
		value_text(&r, "message_id", id.text, id.length);
	if (by.length)
		value_text(&r, "by", by.text, by.length);
	record_close(&r);
	record_end(&r);
}

static void date_note(struct making *m, const struct mail_field *f, const char *name, struct mail_text text)
{
	struct buffer shown = { 0 };
	struct mail_text flat = mail_decode(cut(text, 256), m->arena, NULL);
	text_for_terminal(&shown, flat.text, flat.length, 100);
	report_note(m->report, "mail.date", NULL, m->skip + f->offset, f->length, "%s names no date: \"%s\"", name, buffer_string(&shown));
	buffer_free(&shown);
}

static void events_write(struct making *m, size_t hops)
{
	const struct mail_field *f = mail_header_find(&m->mime->header, "Date", 0);
	struct mail_date date;
	if (f && mail_date_read(&date, f->value.text, f->value.length))
		event_write(m, &date, f, "mail_message", "Sent Time", (struct mail_text){ 0 });
	else if (f)
		date_note(m, f, "Date", f->value);
	for (size_t i = 0; i < hops; i++) {
		f = mail_header_find(&m->mime->header, "Received", i);
		struct hop hop;
		hop_read(&hop, f->value);
		if (mail_date_read(&date, hop.date.text, hop.date.length)) {
			struct mail_text by = mail_decode(cut(hop.by, 1024), m->arena, NULL);
			const char *blank = by.length ? memchr(by.text, ' ', by.length) : NULL;
			if (blank)
				by.length = (size_t)(blank - by.text);
			if (!by.length)
				by = (struct mail_text){ "(none)", 6 };
			event_write(m, &date, f, "mail_transfer", "Received Time", cut(by, 256));
		} else if (hop.date.length) {
			date_note(m, f, "Received", hop.date);
		}
	}
}

bool message_is(const uint8_t *head, size_t length)
{
	const struct format *f = format_by_name("eml", 3);
	struct probe probe = { .head = head, .head_length = length < PROBE_HEAD ? length : PROBE_HEAD, .name = "", .above = LAYER_FS };
	return f && !(length >= 5 && memcmp(head, "From ", 5) == 0) && f->probe(&probe) > 0;
}

void message_records(const uint8_t *raw, size_t length, struct message_state state, struct reporter *report, struct arena *arena, struct buffer *out)
{
	struct mime mime;
	struct making m = { .arena = arena, .report = report, .out = out, .mime = &mime };
	/* lines that end in CR alone: as in eml.c */
	if (length && !memchr(raw, '\n', length) && memchr(raw, '\r', length)) {
		uint8_t *copy = arena_copy(arena, raw, length);
		for (size_t i = 0; i < length; i++)
			if (copy[i] == '\r')
				copy[i] = '\n';
		raw = copy;
	}
	if (length > 3 && memcmp(raw, "\xef\xbb\xbf", 3) == 0)
		m.skip = 3;
	while (m.skip < length && (raw[m.skip] == '\n' || raw[m.skip] == '\r'))
		m.skip++;
	mime_read(&mime, raw + m.skip, length - m.skip, arena, report);
	m.record = record_begin(out, RECORD_MESSAGE);
	flags_write(&m, state);
	field_text(&m, "Message-ID", F_MESSAGE_ID);
	field_text(&m, "Subject", F_SUBJECT);
	field_addresses(&m, "From", F_FROM);
	field_text(&m, "Sender", F_SENDER);
	field_addresses(&m, "Reply-To", F_REPLY_TO);
	field_text(&m, "Return-Path", F_RETURN_PATH);
	field_addresses(&m, "To", F_TO);
	field_addresses(&m, "Cc", F_CC);
	field_addresses(&m, "Bcc", F_BCC);
	const struct mail_field *f = mail_header_find(&mime.header, "Date", 0);
	struct mail_date date;
	if (f && mail_date_read(&date, f->value.text, f->value.length))
		record_time(&m.record, F_DATE, &date.time);
	field_text(&m, "In-Reply-To", F_IN_REPLY_TO);
	size_t hops = hops_write(&m);
	auth_write(&m.record, &mime.header, raw + m.skip, length - m.skip, arena);
	headers_write(&m);
	attachments_write(&m);
	urls_write(&m);
	if (mail_header_find(&mime.header, "Message-ID", 0) || mail_header_find(&mime.header, "Date", 0)) {
		uint8_t same[32];
		message_same(&mime, arena, same);
		record_hex(&m.record, F_SAME, same, sizeof same);
	}
	record_end(&m.record);
	events_write(&m, hops);
}
