/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.c: what became of every node, an evidence item at a time: seen = read + skipped (why) + failed (why). A node is "seen" when it has a state: every node of a run
 * that was asked for content. Sums also by kind. And `context`: when something happened to what the first findings name. Both are of bounded size. */
#include "bundle/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t evidence_part(const char *locator, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++)
		if (locator[i] == ':' && locator[i + 1] == ':')
			return i;
	return length;
}

static struct ledger_item *item_of(struct ledger *l, const char *name, size_t length)
{
	for (unsigned i = l->items; i-- > 0;)
		if (strlen(l->item[i]->name) == length && memcmp(l->item[i]->name, name, length) == 0)
			return l->item[i];
	if (l->items == LEDGER_ITEMS)
		return l->item[LEDGER_ITEMS - 1];
	if (l->items == LEDGER_ITEMS - 1) {
		name = "(all further evidence)";
		length = strlen(name);
	}
	if (!l->item)
		l->item = memory_array(LEDGER_ITEMS, sizeof *l->item);
	struct ledger_item *i = l->item[l->items++] = memory_new(sizeof *i);
	i->name = memory_copy(name, length);
	return i;
}

static void why_add(struct ledger_why *why, unsigned *whys, const char *text, size_t length)
{
	if (!text || !length) {
		text = "no reason given";
		length = strlen(text);
	}
	if (length >= WHY_LENGTH)
		for (length = WHY_LENGTH - 1; length && (text[length] & 0xc0) == 0x80; length--)
			;
	for (unsigned i = 0; i < *whys; i++)
		if (strlen(why[i].text) == length && memcmp(why[i].text, text, length) == 0) {
			why[i].count++;
			return;
		}
	unsigned i = *whys < LEDGER_WHYS - 1 ? (*whys)++ : LEDGER_WHYS - 1;
	if (i == LEDGER_WHYS - 1) {
		*whys = LEDGER_WHYS;
		snprintf(why[i].text, WHY_LENGTH, "other reasons");
	} else {
		memcpy(why[i].text, text, length);
	}
	why[i].count++;
}

const char *const ledger_kind_name[LEDGER_KINDS] = { "files", "streams", "members", "messages", "parts", "directories", "volumes", "unallocated", "others" };

static enum ledger_kind kind_of(const struct record_view *node)
{
	static const struct { const char *name; enum ledger_kind kind; } rows[] = {
		{ "file", LEDGER_FILES }, { "directory", LEDGER_DIRECTORIES }, { "stream", LEDGER_STREAMS }, { "member", LEDGER_MEMBERS }, { "message", LEDGER_MESSAGES }, { "attachment", LEDGER_PARTS },
		{ "part", LEDGER_PARTS }, { "folder", LEDGER_DIRECTORIES }, { "media", LEDGER_VOLUMES }, { "volume", LEDGER_VOLUMES }, { "filesystem", LEDGER_VOLUMES }, { "unallocated", LEDGER_UNALLOCATED },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (record_text_equals(node, F_KIND, rows[i].name))
			return rows[i].kind;
	return LEDGER_OTHERS;
}

void ledger_add(struct ledger *l, const struct record_view *node)
{
	size_t length, why_length;
	const char *locator = record_get_text(node, F_LOCATOR, &length);
	const char *why = record_get_text(node, F_WHY, &why_length);
	struct ledger_item *i = item_of(l, locator ? locator : "", locator ? evidence_part(locator, length) : 0);
	i->listed++;
	if (!record_has(node, F_STATE))
		return;
	struct ledger_sum *sum = &i->kind[kind_of(node)];
	i->seen++;
	sum->seen++;
	if (record_text_equals(node, F_STATE, "read")) {
		i->read++;
		sum->read++;
	} else if (record_text_equals(node, F_STATE, "skipped")) {
		i->skipped++;
		sum->skipped++;
		why_add(i->skip, &i->skips, why, why_length);
	} else {                        /* a state that is none of the three counts as failed: nothing goes missing */
		i->failed++;
		sum->failed++;
		why_add(i->fail, &i->fails, why, why_length);
	}
}

static int why_order(const void *a, const void *b)
{
	const struct ledger_why *x = a, *y = b;
	return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->text, y->text);
}

static void whys_json(struct buffer *out, const char *key, const struct ledger_why *why, unsigned whys)
{
	struct ledger_why *sorted = memory_array(LEDGER_WHYS, sizeof *sorted);
	memcpy(sorted, why, whys * sizeof *sorted);
	qsort(sorted, whys, sizeof *sorted, why_order);
	buffer_format(out, ",\"%s\":[", key);
	for (unsigned i = 0; i < whys; i++) {
		buffer_text(out, i ? ",{\"why\":" : "{\"why\":");
		json_string(out, sorted[i].text, strlen(sorted[i].text));
		buffer_format(out, ",\"nodes\":%llu}", (unsigned long long)sorted[i].count);
	}
	buffer_byte(out, ']');
	free(sorted);
}

static void counts_json(struct buffer *out, const struct ledger_item *i)
{
	buffer_format(out, "\"listed\":%llu,\"seen\":%llu,\"read\":%llu,\"skipped\":%llu,\"failed\":%llu", (unsigned long long)i->listed, (unsigned long long)i->seen,
		(unsigned long long)i->read, (unsigned long long)i->skipped, (unsigned long long)i->failed);
}

static void kinds_json(struct buffer *out, const struct ledger_item *i)
{
	buffer_text(out, ",\"kinds\":{");
	for (unsigned k = 0, any = 0; k < LEDGER_KINDS; k++) {
		const struct ledger_sum *s = &i->kind[k];
		if (s->seen)
			buffer_format(out, "%s\"%s\":{\"seen\":%llu,\"read\":%llu,\"skipped\":%llu,\"failed\":%llu}", any++ ? "," : "", ledger_kind_name[k], (unsigned long long)s->seen,
				(unsigned long long)s->read, (unsigned long long)s->skipped, (unsigned long long)s->failed);
	}
	buffer_byte(out, '}');
}

void ledger_total(const struct ledger *l, struct ledger_item *total)
{
	*total = (struct ledger_item){ 0 };
	for (unsigned i = 0; i < l->items; i++) {
		const struct ledger_item *x = l->item[i];
		total->listed += x->listed;
		total->seen += x->seen;
		total->read += x->read;
		total->skipped += x->skipped;
		total->failed += x->failed;
		for (unsigned k = 0; k < LEDGER_KINDS; k++) {
			total->kind[k].seen += x->kind[k].seen;
			total->kind[k].read += x->kind[k].read;
			total->kind[k].skipped += x->kind[k].skipped;
			total->kind[k].failed += x->kind[k].failed;
		}
	}
}

void ledger_json(struct buffer *out, const struct ledger *l)
{
	struct ledger_item total;
	ledger_total(l, &total);
	buffer_byte(out, '{');
	counts_json(out, &total);
	kinds_json(out, &total);
	buffer_text(out, ",\"evidence\":[");
	for (unsigned i = 0; i < l->items; i++) {
		buffer_text(out, i ? ",\n{\"locator\":" : "\n{\"locator\":");
		json_string(out, l->item[i]->name, strlen(l->item[i]->name));
		buffer_byte(out, ',');
		counts_json(out, l->item[i]);
		kinds_json(out, l->item[i]);
		whys_json(out, "skipped_why", l->item[i]->skip, l->item[i]->skips);
		whys_json(out, "failed_why", l->item[i]->fail, l->item[i]->fails);
		buffer_byte(out, '}');
	}
	buffer_text(out, "]}\n");
}

void ledger_free(struct ledger *l)
{
	for (unsigned i = 0; i < l->items; i++) {
		free(l->item[i]->name);
		free(l->item[i]);
	}
	free(l->item);
	*l = (struct ledger){ 0 };
}

/* ---- moments of findings */

enum { SLOTS = 4096 };
_Static_assert(CONTEXT_FINDINGS * (CONTEXT_STEPS + 2) < SLOTS / 2, "the table stays half empty");

struct slot { uint64_t hash; uint16_t finding, distance; bool used; };
struct context_table { struct slot slot[SLOTS]; struct context context[CONTEXT_FINDINGS]; bool any; };

struct context_table *context_new(void)
{
	struct context_table *c = memory_new(sizeof *c);
	for (unsigned i = 0; i < CONTEXT_FINDINGS; i++)
		c->context[i].distance = UINT16_MAX;
	return c;
}

static void slot_add(struct context_table *c, uint64_t hash, unsigned finding, unsigned distance)
{
	size_t i = hash % SLOTS;
	while (c->slot[i].used)
		i = (i + 1) % SLOTS;
	c->any = true;
	c->slot[i] = (struct slot){ hash, (uint16_t)finding, (uint16_t)distance, true };
}

static uint64_t offset_hash(uint64_t locator, uint64_t offset) { return text_hash(&offset, sizeof offset) ^ locator * 31; }

void context_finding(struct context_table *c, unsigned finding, const struct record_view *hit)
{
	size_t length;
	const char *locator = record_get_text(hit, F_LOCATOR, &length);
	if (finding >= CONTEXT_FINDINGS || !locator)
		return;
	if (record_has(hit, F_OFFSET))
		slot_add(c, offset_hash(text_hash(locator, length), record_get_number(hit, F_OFFSET)), finding, 0);
	for (unsigned step = 0; step <= CONTEXT_STEPS; step++) {
		slot_add(c, text_hash(locator, length), finding, step + 1);
		do
			length--;
		while (length > 1 && !(locator[length] == ':' && locator[length - 1] == ':'));
		if (length <= 1)
			break;
		length--;
	}
}

static void context_hash(struct context_table *c, uint64_t hash, unsigned less, int64_t seconds)
{
	for (size_t i = hash % SLOTS; c->slot[i].used; i = (i + 1) % SLOTS) {
		if (c->slot[i].hash != hash)
			continue;
		struct context *x = &c->context[c->slot[i].finding];
		unsigned distance = 2 * c->slot[i].distance + less;
		if (distance > x->distance)
			continue;
		if (distance < x->distance)
			x->moments = 0;
		x->distance = distance;
		if (x->moments < CONTEXT_MOMENTS && (!x->moments || x->moment[x->moments - 1] != seconds))
			x->moment[x->moments++] = seconds;
	}
}

void context_event(struct context_table *c, const struct record_view *event, int64_t seconds)
{
	size_t length, kind_length, artifact_length;
	const char *locator = record_get_text(event, F_LOCATOR, &length), *kind = record_get_text(event, F_KIND, &kind_length), *artifact = record_get_text(event, F_ARTIFACT_ID, &artifact_length);
	if (!locator || !c->any)
		return;
	bool outside = (artifact && artifact_length > 3 && memcmp(artifact, "fs.", 3) == 0) || (kind && kind_length > 5 && memcmp(kind, "mail_", 5) == 0);
	uint64_t hash = text_hash(locator, length);
	if (record_has(event, F_OFFSET))
		context_hash(c, offset_hash(hash, record_get_number(event, F_OFFSET)), 0, seconds);
	context_hash(c, hash, !outside, seconds);        /* times of the thing itself say more than what its content tells */
}

const struct context *context_of(const struct context_table *c, unsigned finding) { return finding < CONTEXT_FINDINGS ? &c->context[finding] : NULL; }
bool context_holds(const struct context_table *c, const char *locator, size_t length)
{
	uint64_t hash = text_hash(locator, length);
	for (size_t i = hash % SLOTS; c->slot[i].used; i = (i + 1) % SLOTS)
		if (c->slot[i].hash == hash)
			return true;
	return false;
}

void context_free(struct context_table *c) { free(c); }
