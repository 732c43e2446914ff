/* SPDX-License-Identifier: Apache-2.0 */
/* mail_history.c: judges each message by what came before it: who wrote before and how, who is part of a thread, whose names and domains are known.
 *
 * Messages and the hits of their own judgement are brought together by locator, then gone through in the order of time, in external sorts. What is remembered on the way
 * is a few dozen bytes an address, a name and a message, and the texts of a bounded number of domains. A message that lies in several folders counts once. */
#include <stdlib.h>
#include <string.h>

#include "base/near.h"
#include "correlate/correlate.h"
#include "engine/sorter.h"

enum {
	SORT_MEMORY = 16 << 20,
	FEATURES = 5, VALUES = 3, PARTICIPANTS = 8, PARENTS = 16,
	KNOWN_FROM = 5,                 /* messages of a sender from which on it has habits */
	CORRESPONDENT_FROM = 3, MAIL_FROM = 20, BROKEN_FROM = 3,
	DOMAINS_MOST = 4096, TEXT_MOST = 300, SLIP_FROM = 6,
	SUSPICIOUS_FROM = 2, LIKELY_FROM = 5,
};

enum history_sign {
#define SIGN(name, weight, about) SIGN_##name,
#include "correlate/mail_history.def"
#undef SIGN
	SIGNS
};
static const struct { const char *name; unsigned weight; const char *about; } signs[] = {
#define SIGN(name, weight, about) { #name, weight, about },
#include "correlate/mail_history.def"
#undef SIGN
};
static const char *const feature_name[FEATURES] = { "mail program", "time zone", "host of the Message-ID", "first server", "DKIM domain" };

/* What is kept of a message for the second sort. Texts follow it, NUL-terminated: locator, address, name, reply-to, subject. */
struct digest {
	int64_t seconds;
	uint32_t nanoseconds;
	uint32_t own_sum;               /* of the signs of the message itself */
	uint64_t id, parent[PARENTS];   /* hashes; 0: none */
	uint64_t participant[PARTICIPANTS];     /* sender and recipients */
	uint64_t feature[FEATURES];
	uint8_t parents, participants, bulk, passed, loaded, answer;
};
enum { TEXTS = 5 };
enum text { T_LOCATOR, T_ADDRESS, T_NAME, T_REPLY_TO, T_SUBJECT };

/* ---- tables of fixed entries by hash, growing by doubling */

struct table { uint8_t *entry; size_t size, slots, used; };     /* each entry begins with its key, 0: free */

static void *table_slot(struct table *t, uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15)) & (t->slots - 1);
	for (;; i = (i + 1) & (t->slots - 1)) {
		uint64_t at;
		memcpy(&at, t->entry + i * t->size, sizeof at);
		if (!at || at == key)
			return t->entry + i * t->size;
	}
}

/* The entry of this key; NULL: there is none. */
static void *table_find(const struct table *t, uint64_t key)
{
	uint64_t at = 0;
	void *e = t->slots ? table_slot((struct table *)t, key) : NULL;
	if (e)
		memcpy(&at, e, sizeof at);
	return at ? e : NULL;
}

/* The same; made, zeroed, where there was none. */
static void *table_entry(struct table *t, uint64_t key)
{
	void *e = table_find(t, key);
	if (e)
		return e;
	if (t->used * 4 >= t->slots * 3) {
		struct table more = { .size = t->size, .slots = t->slots ? t->slots * 2 : 1024 };
		more.entry = memory_array(more.slots, more.size);
		for (size_t i = 0; i < t->slots; i++) {
			uint64_t at;
			memcpy(&at, t->entry + i * t->size, sizeof at);
			if (at)
				memcpy(table_slot(&more, at), t->entry + i * t->size, t->size);
		}
		more.used = t->used;
		free(t->entry);
		*t = more;
	}
	e = table_slot(t, key);
	memcpy(e, &key, sizeof key);
	t->used++;
	return e;
}

struct sender { uint64_t key; uint32_t count, plain_replies; uint64_t feature[FEATURES][VALUES]; uint8_t values[FEATURES]; };
struct thread { uint64_t key; uint64_t participant[PARTICIPANTS]; uint8_t participants; };
struct known { uint64_t key; uint64_t domain; uint32_t count; };

struct state {
	struct sorter *joined, *timed;
	struct table senders, threads, names, domains, copies;
	char *domain[DOMAINS_MOST]; size_t correspondents;
	uint64_t messages;
};

/* ---- taking records apart */

static uint64_t hash_of(const char *text, size_t length)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < length; i++) {
		uint8_t c = (uint8_t)text[i];
		h = (h ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * UINT64_C(0x100000001b3);
	}
	return h ? h : 1;
}

struct piece { const char *text; size_t length; };

static struct piece trimmed(struct piece p)
{
	while (p.length && strchr(" <>\"'\t\r\n", *p.text)) {
		p.text++;
		p.length--;
	}
	while (p.length && strchr(" <>\"'\t\r\n.", p.text[p.length - 1]))
		p.length--;
	return p;
}

/* "Name <address>" as message records have it. */
static void address_cut(struct piece whole, struct piece *name, struct piece *address)
{
	const char *open = whole.length ? memrchr(whole.text, '<', whole.length) : NULL;
	*name = open ? trimmed((struct piece){ whole.text, (size_t)(open - whole.text) }) : (struct piece){ "", 0 };
	*address = trimmed(open ? (struct piece){ open, whole.length - (size_t)(open - whole.text) } : whole);
}

static struct piece after(struct piece p, char c)
{
	const char *at = p.length ? memrchr(p.text, c, p.length) : NULL;
	return at ? (struct piece){ at + 1, p.length - (size_t)(at + 1 - p.text) } : (struct piece){ "", 0 };
}

/* The last two labels: near enough for telling one server's domain from another's. */
static struct piece end_of_host(struct piece host)
{
	size_t at = host.length, dots = 0;
	while (at && !(host.text[at - 1] == '.' && ++dots == 2))
		at--;
	return (struct piece){ host.text + at, host.length - at };
}

static struct piece list_first(const struct record_view *v, enum record_field f)
{
	struct record_value value;
	size_t at = 0, length;
	if (v->field[f].kind != VALUE_LIST || !record_next(&v->field[f], &at, NULL, NULL, &value))
		return (struct piece){ "", 0 };
	const char *text = record_value_text(&value, &length);
	return (struct piece){ text ? text : "", text ? length : 0 };
}

static void participants_add(struct digest *d, const struct record_view *v, enum record_field f)
{
	struct record_value value;
	const char *key;
	size_t at = 0, key_length, length;
	if (v->field[f].kind != VALUE_LIST)
		return;
	while (d->participants < PARTICIPANTS && record_next(&v->field[f], &at, &key, &key_length, &value)) {
		const char *text = record_value_text(&value, &length);
		struct piece name, address;
		if (!text)
			continue;
		address_cut((struct piece){ text, length }, &name, &address);
		if (address.length)
			d->participant[d->participants++] = hash_of(address.text, address.length);
	}
}

/* "<a> <b>" */
static void parents_add(struct digest *d, struct piece p)
{
	const char *at = p.text, *end = p.text + p.length;
	while (at < end && d->parents < PARENTS) {
		const char *open = memchr(at, '<', (size_t)(end - at)), *shut = open ? memchr(open, '>', (size_t)(end - open)) : NULL;
		if (!shut)
			return;
		d->parent[d->parents++] = hash_of(open + 1, (size_t)(shut - open - 1));
		at = shut + 1;
	}
}

static bool is(struct piece p, const char *word) { return text_equal_nocase(p.text, p.length, word, strlen(word)); }

static struct piece map_text(const struct record_value *map, const char *wanted)
{
	struct record_value value;
	const char *key;
	size_t at = 0, key_length, length;
	if (map->kind == VALUE_MAP)
		while (record_next(map, &at, &key, &key_length, &value)) {
			const char *text = text_equal_nocase(key, key_length, wanted, strlen(wanted)) ? record_value_text(&value, &length) : NULL;
			if (text)
				return (struct piece){ text, length };
		}
	return (struct piece){ "", 0 };
}

static void header_take(struct digest *d, struct piece name, struct piece value)
{
	static const char *const bulk[] = { "List-Id", "List-Unsubscribe", "List-Post", "Mailing-List", "Feedback-ID" };
	for (size_t i = 0; i < sizeof bulk / sizeof *bulk; i++)
		d->bulk |= is(name, bulk[i]);
	if (is(name, "Precedence"))
		d->bulk |= is(trimmed(value), "bulk") || is(trimmed(value), "list");
	if (is(name, "In-Reply-To") || is(name, "References"))
		parents_add(d, value);
	if (is(name, "X-Mailer") || is(name, "User-Agent")) {
		size_t n = 0;                   /* the program, not its version */
		while (n < value.length && !(value.text[n] >= '0' && value.text[n] <= '9') && value.text[n] != '/')
			n++;
		d->feature[0] = hash_of(value.text, n);
	}
	if (is(name, "Date")) {
		struct piece zone = trimmed(value);
		const char *comment = zone.length ? memchr(zone.text, '(', zone.length) : NULL;
		if (comment)
			zone = trimmed((struct piece){ zone.text, (size_t)(comment - zone.text) });
		zone = after(zone, ' ');
		d->feature[1] = zone.length ? hash_of(zone.text, zone.length) : 0;
	}
}

static void headers_take(struct digest *d, const struct record_view *v)
{
	struct record_value value;
	const char *key;
	size_t at = 0, n;
	if (v->field[F_HEADERS].kind == VALUE_LIST)
		while (record_next(&v->field[F_HEADERS], &at, &key, &n, &value))
			header_take(d, map_text(&value, "name"), map_text(&value, "value"));
	at = 0;
	struct piece by = { "", 0 };
	if (v->field[F_RECEIVED].kind == VALUE_LIST)
		while (record_next(&v->field[F_RECEIVED], &at, &key, &n, &value)) {
			struct piece here = map_text(&value, "by");
			by = here.length ? here : by;
		}
	const char *blank = by.length ? memchr(by.text, ' ', by.length) : NULL;
	by.length = blank ? (size_t)(blank - by.text) : by.length;
	by = end_of_host(by);
	d->feature[3] = by.length ? hash_of(by.text, by.length) : 0;
	at = 0;
	if (v->field[F_AUTHENTICATION].kind == VALUE_LIST)
		while (record_next(&v->field[F_AUTHENTICATION], &at, &key, &n, &value)) {
			if (!is(map_text(&value, "whose"), "receiver") || !is(map_text(&value, "result"), "pass"))
				continue;
			struct piece domain = map_text(&value, "domain");
			d->passed |= is(map_text(&value, "method"), "dmarc");
			if (is(map_text(&value, "method"), "dkim") && domain.length)
				d->feature[4] = hash_of(domain.text, domain.length);
		}
}

static void text_put(struct buffer *b, struct piece p)
{
	for (size_t i = 0; i < p.length && (i < TEXT_MOST || b->length == sizeof(struct digest)); i++)
		if (p.text[i])                  /* the locator stays whole */
			buffer_byte(b, (uint8_t)p.text[i]);
	buffer_byte(b, 0);
}

static bool message_add(struct state *s, const struct record_view *v)
{
	struct digest d = { 0 };
	struct timestamp t;
	size_t n;
	struct piece locator = { record_get_text(v, F_LOCATOR, &n), 0 }, name, address, reply_name, reply, id;
	if (!locator.text || !record_get_time(v, F_DATE, &t))
		return true;                    /* without a date it has no place */
	locator.length = n;
	d.seconds = t.seconds;
	d.nanoseconds = t.nanoseconds;
	address_cut(list_first(v, F_FROM), &name, &address);
	if (!address.length)
		return true;
	address_cut(list_first(v, F_REPLY_TO), &reply_name, &reply);
	id = (struct piece){ record_get_text(v, F_MESSAGE_ID, &n), 0 };
	id.length = id.text ? n : 0;
	id = trimmed(id);
	d.id = id.length ? hash_of(id.text, id.length) : 0;
	struct piece id_host = end_of_host(after(id, '@'));
	d.feature[2] = id_host.length ? hash_of(id_host.text, id_host.length) : 0;
	d.participant[d.participants++] = hash_of(address.text, address.length);
	participants_add(&d, v, F_TO);
	participants_add(&d, v, F_CC);
	headers_take(&d, v);
	d.answer = record_has(v, F_IN_REPLY_TO);
	d.loaded = record_has(v, F_URLS) || record_has(v, F_ATTACHMENTS);
	struct piece subject = { record_get_text(v, F_SUBJECT, &n), 0 };
	subject.length = subject.text ? n : 0;
	struct buffer b = { 0 };
	buffer_append(&b, &d, sizeof d);
	const struct piece texts[TEXTS] = { locator, address, name, reply, subject };
	for (unsigned i = 0; i < TEXTS; i++)
		text_put(&b, texts[i]);
	struct sort_key key = { { hash_of(locator.text, locator.length), 0, 0 } };
	bool good = sorter_add(s->joined, &key, b.data, b.length);
	buffer_free(&b);
	return good;
}

/* Of a message's own judgement only the sum is needed. */
static bool hit_add(struct state *s, const struct record_view *v)
{
	struct record_value value;
	const char *key;
	size_t at = 0, key_length, n;
	const char *locator = record_get_text(v, F_LOCATOR, &n);
	uint64_t sum = 0;
	if (!locator || !record_text_equals(v, F_METHOD, "mail") || v->field[F_DATA].kind != VALUE_MAP)
		return true;
	while (record_next(&v->field[F_DATA], &at, &key, &key_length, &value))
		if (text_equal_nocase(key, key_length, "sum", 3) && value.kind == VALUE_NUMBER)
			sum = record_value_number(&value);
	uint32_t own = sum < 1000 ? (uint32_t)sum : 1000;
	struct sort_key k = { { hash_of(locator, n), 1, own } };
	return sorter_add(s->joined, &k, &own, sizeof own);
}

static bool add(void *state, const struct record_view *v)
{
	if (v->type == RECORD_MESSAGE)
		return message_add(state, v);
	return v->type != RECORD_HIT || hit_add(state, v);
}

/* ---- in the order of time */

struct seen { const char *text[SIGNS]; char *owned[SIGNS]; };

static void sign_seen(struct seen *seen, enum history_sign sign, char *text)
{
	free(seen->owned[sign]);
	seen->owned[sign] = text;
	seen->text[sign] = text ? text : "";
}

static char *told(const char *a, const char *between, const char *b)
{
	struct buffer out = { 0 };
	buffer_text(&out, a);
	buffer_text(&out, between);
	buffer_text(&out, b);
	char *text = memory_string(buffer_string(&out));
	buffer_free(&out);
	return text;
}

static const char *domain_of(const char *address)
{
	const char *at = strrchr(address, '@');
	return at ? at + 1 : "";
}

/* One of the correspondents' domains that this one passes for. */
static const char *looks_like(const struct state *s, const char *domain)
{
	char a[NEAR_MOST], b[NEAR_MOST];
	size_t n = strlen(domain), folded = near_fold(domain, n, a, sizeof a);
	for (size_t i = 0; i < s->correspondents; i++) {
		const char *known = s->domain[i];
		size_t m = strlen(known), fold = near_fold(known, m, b, sizeof b), label = strcspn(known, ".");
		if (n == m && text_equal_nocase(domain, n, known, m))
			return NULL;
		/* a domain below or above the other is the same house */
		if ((n > m && domain[n - m - 1] == '.' && text_equal_nocase(domain + n - m, m, known, m)) || (m > n && known[m - n - 1] == '.' && text_equal_nocase(known + m - n, n, domain, n)))
			continue;
		if ((folded == fold && !memcmp(a, b, fold)) || (label >= SLIP_FROM && near_distance(domain, n, known, m, 1) == 1))
			return known;
	}
	return NULL;
}

static bool part_of(const struct thread *t, uint64_t who)
{
	for (unsigned i = 0; i < t->participants; i++)
		if (t->participant[i] == who)
			return true;
	return false;
}

static void thread_judge(const struct state *s, const struct digest *d, struct seen *seen)
{
	unsigned there = 0;
	bool inside = false;
	for (unsigned i = 0; i < d->parents; i++) {
		const struct thread *t = table_find(&s->threads, d->parent[i]);
		there += t != NULL;
		inside |= t && (part_of(t, d->participant[0]) || t->participants == PARTICIPANTS);
	}
	if (there && !inside && !d->bulk)
		sign_seen(seen, SIGN_thread_stranger, NULL);
	else if (d->parents && !there)
		sign_seen(seen, SIGN_parent_missing, NULL);
}

static void sender_judge(const struct sender *sender, const struct digest *d, const char *const *text, struct seen *seen)
{
	struct buffer b = { 0 };
	unsigned broken = 0;
	if (text[T_REPLY_TO][0] && sender->plain_replies >= CORRESPONDENT_FROM && !d->bulk && strcasecmp(domain_of(text[T_REPLY_TO]), domain_of(text[T_ADDRESS])) != 0)
		sign_seen(seen, SIGN_reply_to_changed, memory_string(text[T_REPLY_TO]));
	for (unsigned f = 0; f < FEATURES && sender->count >= KNOWN_FROM; f++) {
		bool same = !d->feature[f] || !sender->values[f] || sender->values[f] > VALUES - 1;
		for (unsigned i = 0; i < sender->values[f]; i++)
			same |= sender->feature[f][i] == d->feature[f];
		if (same)
			continue;
		buffer_text(&b, broken++ ? ", " : "");
		buffer_text(&b, feature_name[f]);
	}
	if (broken >= BROKEN_FROM && d->loaded && !d->bulk)
		sign_seen(seen, SIGN_sender_differs, memory_string(buffer_string(&b)));
	buffer_free(&b);
}

static bool freemail(const char *domain)
{
	static const char *const hosts[] = { "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "aol.com", "icloud.com", "me.com", "gmx.de", "gmx.net", "web.de", "proton.me", "protonmail.com", "mail.ru", "yandex.ru" };
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		if (!strcasecmp(domain, hosts[i]))
			return true;
	return false;
}

static void judge(const struct state *s, const struct digest *d, const char *const *text, struct seen *seen)
{
	const struct sender *sender = table_find(&s->senders, d->participant[0]);
	const char *domain = domain_of(text[T_ADDRESS]);
	const struct known *name = text[T_NAME][0] ? table_find(&s->names, hash_of(text[T_NAME], strlen(text[T_NAME]))) : NULL;
	if (!sender && s->messages >= MAIL_FROM) {
		const struct known *house = table_find(&s->domains, hash_of(domain, strlen(domain)));
		const char *like = house ? NULL : looks_like(s, domain);
		/* newsletters have an address a message: who comes from a known house is not new */
		if (!house || freemail(domain))
			sign_seen(seen, SIGN_first_time_sender, memory_string(text[T_ADDRESS]));
		if (like)
			sign_seen(seen, SIGN_correspondent_lookalike, told(domain, " for ", like));
		if (name && name->count >= CORRESPONDENT_FROM && name->domain != hash_of(domain, strlen(domain)) && strchr(text[T_NAME], ' ') && !d->bulk)
			sign_seen(seen, SIGN_name_new_address, told(text[T_NAME], " <", text[T_ADDRESS]));
	}
	if (sender)
		sender_judge(sender, d, text, seen);
	thread_judge(s, d, seen);
}

static void remember(struct state *s, const struct digest *d, const char *const *text)
{
	const char *domain = domain_of(text[T_ADDRESS]);
	uint64_t domain_hash = hash_of(domain, strlen(domain));
	struct sender *sender = table_entry(&s->senders, d->participant[0]);
	sender->count++;
	sender->plain_replies += !text[T_REPLY_TO][0] || !strcasecmp(domain_of(text[T_REPLY_TO]), domain);
	for (unsigned f = 0; f < FEATURES; f++) {
		unsigned i = 0;
		if (!d->feature[f])
			continue;
		while (i < sender->values[f] && sender->feature[f][i] != d->feature[f])
			i++;
		if (i == sender->values[f] && i < VALUES)
			sender->feature[f][sender->values[f]++] = d->feature[f];
	}
	if (text[T_NAME][0]) {
		struct known *name = table_entry(&s->names, hash_of(text[T_NAME], strlen(text[T_NAME])));
		name->domain = name->domain ? name->domain : domain_hash;
		name->count += name->domain == domain_hash;
	}
	struct known *known = table_entry(&s->domains, domain_hash);
	if (++known->count == CORRESPONDENT_FROM && s->correspondents < DOMAINS_MOST && !freemail(domain) && !d->bulk)
		s->domain[s->correspondents++] = memory_string(domain);
	/* those of a thread are those of all its messages */
	for (unsigned i = 0; i <= d->parents; i++) {
		uint64_t id = i < d->parents ? d->parent[i] : d->id;
		struct thread *t = !id ? NULL : i < d->parents ? table_find(&s->threads, id) : table_entry(&s->threads, id);
		for (unsigned k = 0; t && k < d->participants; k++)
			if (t->participants < PARTICIPANTS && !part_of(t, d->participant[k]))
				t->participant[t->participants++] = d->participant[k];
	}
	s->messages++;
}

static void hit_write(struct buffer *out, const struct digest *d, const char *const *text, const struct seen *seen)
{
	unsigned sum = 0;
	for (unsigned i = 0; i < SIGNS; i++)
		sum += seen->text[i] ? signs[i].weight : 0;
	unsigned total = sum + d->own_sum;
	/* that a sender is new says nothing alone, and for newsletters nothing at all */
	if (!sum || total < SUSPICIOUS_FROM || (d->bulk && sum < SUSPICIOUS_FROM) || (sum == signs[SIGN_first_time_sender].weight && !d->loaded))
		return;
	bool likely = total >= LIKELY_FROM && !d->bulk;
	struct buffer why = { 0 };
	struct record_builder r = record_begin(out, RECORD_HIT);
	record_string(&r, F_LOCATOR, text[T_LOCATOR]);
	record_string(&r, F_RULE, likely ? "MAIL_HISTORY_LIKELY_PHISHING" : "MAIL_HISTORY_SUSPICIOUS");
	record_number(&r, F_SCORE, likely ? 75 : 50);
	record_string(&r, F_SEVERITY, likely ? "high" : "low");
	record_string(&r, F_METHOD, "mail");
	buffer_format(&why, "%s, weight %u, of which %u by what came before it", likely ? "likely phishing" : "suspicious", total, sum);
	record_list(&r, F_MATCHES);
	for (unsigned i = 0; i < SIGNS; i++) {
		if (!seen->text[i])
			continue;
		value_map(&r, NULL);
		value_string(&r, "id", signs[i].name);
		value_number(&r, "weight", signs[i].weight);
		value_evidence_text(&r, "text", seen->text[i], strlen(seen->text[i]), TEXT_UTF8);
		record_close(&r);
		if (signs[i].weight)
			buffer_format(&why, "; %s%s%s", signs[i].about, seen->text[i][0] ? ": " : "", seen->text[i]);
	}
	record_close(&r);
	record_evidence_text(&r, F_WHY, why.data, why.length, TEXT_UTF8);
	record_string(&r, F_ATTACK, seen->text[SIGN_sender_differs] || seen->text[SIGN_thread_stranger] ? "T1566 T1586.002" : "T1566");
	record_evidence_text(&r, F_NAME, text[T_SUBJECT], strlen(text[T_SUBJECT]), TEXT_UTF8);
	record_map(&r, F_DATA);
	value_string(&r, "class", likely ? "likely phishing" : "suspicious");
	value_number(&r, "sum", total);
	value_number(&r, "history_sum", sum);
	if (d->passed)
		value_flag(&r, "authenticated", true);
	value_evidence_text(&r, "from", text[T_ADDRESS], strlen(text[T_ADDRESS]), TEXT_UTF8);
	record_close(&r);
	record_end(&r);
	buffer_free(&why);
}

/* The texts behind a digest. False: it is not as it was written. */
static bool texts_of(const uint8_t *bytes, size_t length, struct digest *d, const char *text[TEXTS])
{
	if (length < sizeof *d + TEXTS || bytes[length - 1])
		return false;
	memcpy(d, bytes, sizeof *d);
	const char *at = (const char *)bytes + sizeof *d, *end = (const char *)bytes + length;
	for (unsigned i = 0; i < TEXTS; i++) {
		if (at >= end)
			return false;
		text[i] = at;
		at += strlen(at) + 1;
	}
	return d->parents <= PARENTS && d->participants <= PARTICIPANTS;
}

/* Messages get the sums of their own judgement, which follow them, and go on by time. */
static bool join(struct state *s)
{
	struct sort_key key;
	const uint8_t *bytes;
	struct buffer last = { 0 };
	uint64_t last_key = 0;
	size_t length;
	int got = 1;
	bool good = sorter_finish(s->joined);
	while (good && got == 1) {
		got = sorter_next(s->joined, &key, &bytes, &length);
		if (got == 1 && key.part[1] && last.length && key.part[0] == last_key && length == 4) {
			struct digest d;
			memcpy(&d, last.data, sizeof d);
			memcpy(&d.own_sum, bytes, 4);
			memcpy(last.data, &d, sizeof d);
			continue;
		}
		if (last.length) {
			struct digest d;
			memcpy(&d, last.data, sizeof d);
			struct sort_key by_time = { { sort_signed(d.seconds), d.nanoseconds, last_key } };
			good = sorter_add(s->timed, &by_time, last.data, last.length);
			buffer_clear(&last);
		}
		if (got == 1 && !key.part[1] && length >= sizeof(struct digest)) {
			buffer_append(&last, bytes, length);
			last_key = key.part[0];
		}
	}
	buffer_free(&last);
	return good && got == 0 && sorter_finish(s->timed);
}

static bool finish(void *state, correlate_emit emit, void *owner)
{
	struct state *s = state;
	struct sort_key key;
	const uint8_t *bytes;
	struct buffer frame = { 0 };
	size_t length;
	int got = 0;
	bool good = join(s);
	while (good && (got = sorter_next(s->timed, &key, &bytes, &length)) == 1) {
		struct digest d;
		struct seen seen = { 0 };
		const char *text[TEXTS];
		if (!texts_of(bytes, length, &d, text))
			continue;
		/* the same message in another folder; an identifier alone is easily borrowed */
		uint64_t copy = (d.id * 31 + d.participant[0]) * 31 + hash_of(text[T_SUBJECT], strlen(text[T_SUBJECT]));
		bool again = d.id && table_find(&s->copies, copy ? copy : 1);
		if (!again) {
			table_entry(&s->copies, copy ? copy : 1);
			judge(s, &d, text, &seen);
			buffer_clear(&frame);
			hit_write(&frame, &d, text, &seen);
			good = !frame.length || correlate_give(&frame, emit, owner);
			remember(s, &d, text);
		}
		for (unsigned i = 0; i < SIGNS; i++)
			free(seen.owned[i]);
	}
	buffer_free(&frame);
	return good && got == 0;
}

static void *begin(int directory)
{
	struct state *s = memory_new(sizeof *s);
	s->joined = sorter_new(directory, SORT_MEMORY);
	s->timed = sorter_new(directory, SORT_MEMORY);
	s->senders.size = sizeof(struct sender);
	s->threads.size = sizeof(struct thread);
	s->names.size = s->domains.size = sizeof(struct known);
	s->copies.size = sizeof(uint64_t);
	return s;
}

static void end(void *state)
{
	struct state *s = state;
	struct table *tables[] = { &s->senders, &s->threads, &s->names, &s->domains, &s->copies };
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		free(tables[i]->entry);
	while (s->correspondents)
		free(s->domain[--s->correspondents]);
	sorter_free(s->joined);
	sorter_free(s->timed);
	free(s);
}

const struct reducer reducer_mail_history = { "mail_history", begin, add, finish, end };
