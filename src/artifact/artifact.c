/* SPDX-License-Identifier: Apache-2.0 */
/* artifact.c: the table of artefact parsers, and how a parser gives an event. */
#include "artifact/artifact.h"

#include <string.h>

#include "base/text.h"

enum { FLUSH_BYTES = 64 * 1024, MESSAGE_MAX = 64 * 1024 };

#define ARTIFACT(symbol) extern const struct artifact_parser symbol;
#include "artifact/table.def"
#undef ARTIFACT

const struct artifact_parser *const artifact_parsers[] = {
#define ARTIFACT(symbol) &symbol,
#include "artifact/table.def"
#undef ARTIFACT
	NULL
};

const struct artifact_parser *artifact_by_id(const char *id, size_t length)
{
	for (size_t i = 0; artifact_parsers[i]; i++)
		if (strlen(artifact_parsers[i]->id) == length && memcmp(artifact_parsers[i]->id, id, length) == 0)
			return artifact_parsers[i];
	return NULL;
}

bool artifact_reads(const struct artifact_parser *a, const char *id)
{
	if (!strcmp(a->id, id))
		return true;
	for (const char *at = a->also; at && *at;) {
		size_t n = strcspn(at, "|");
		bool begins = n && at[n - 1] == '*';
		if (begins ? !strncmp(at, id, n - 1) : strlen(id) == n && !memcmp(at, id, n))
			return true;
		at += n + (at[n] == '|');
	}
	return false;
}

/* A time that names no moment is not dropped: a note keeps its raw value, so that it can be put among the undated. */
static void note_invalid_time(struct parse *p, const struct timestamp *t, const char *kind, const char *timestamp_desc, uint64_t offset, uint64_t length)
{
	struct record_builder r = record_begin(p->out, RECORD_NOTE);
	record_string(&r, F_KIND, "time.invalid");
	if (length) {
		record_number(&r, F_OFFSET, offset);
		record_number(&r, F_LENGTH, length);
	}
	if (p->locator_length)
		record_text(&r, F_LOCATOR, p->locator, p->locator_length);
	record_string(&r, F_MESSAGE_TEXT, arena_format(p->arena, "%s (%s) holds no valid time: raw value 0x%llx", timestamp_desc, kind, (unsigned long long)t->raw));
	record_map(&r, F_DATA);
	value_string(&r, "kind", kind);
	value_string(&r, "timestamp_desc", timestamp_desc);
	value_big(&r, "raw", t->raw);
	record_close(&r);
	record_end(&r);
}

bool parse_event(struct parse *p, struct record_builder *r, const struct timestamp *t, const char *kind, const char *timestamp_desc,
                 uint64_t offset, uint64_t length)
{
	if (t->state != TIME_VALID) {
		if (t->state == TIME_INVALID)
			note_invalid_time(p, t, kind, timestamp_desc, offset, length);
		return false;
	}
	*r = record_begin(p->out, RECORD_EVENT);
	record_time(r, F_TIME, t);
	record_string(r, F_PRECISION, time_precision_name(t->precision));
	if (t->zone == TIME_LOCAL)
		record_text(r, F_ZONE, "local", 5);
	record_string(r, F_TIMESTAMP_DESC, timestamp_desc);
	record_string(r, F_KIND, kind);
	if (p->locator_length)
		record_text(r, F_LOCATOR, p->locator, p->locator_length);
	if (p->tainted)
		record_flag(r, F_TAINTED, true);
	if (length) {
		record_number(r, F_OFFSET, offset);
		record_number(r, F_LENGTH, length);
	}
	record_string(r, F_ARTIFACT_ID, p->artifact_id);
	if (p->node && p->node->has_allocated && !p->node->allocated)
		record_flag(r, F_ALLOCATED, false);
	return true;
}

void parse_event_close(struct parse *p, struct record_builder *r)
{
	record_end(r);
	p->events++;
	if (p->flush && p->out->length >= FLUSH_BYTES)
		p->flush(p);
}

void parse_event_end(struct parse *p, struct record_builder *r, const char *message, size_t message_length)
{
	if (message_length > MESSAGE_MAX) {
		message_length = MESSAGE_MAX;
		while (message_length && ((uint8_t)message[message_length] & 0xC0) == 0x80)
			message_length--;
	}
	record_text(r, F_MESSAGE_TEXT, message, message_length);
	parse_event_close(p, r);
}
