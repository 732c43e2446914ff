/* SPDX-License-Identifier: Apache-2.0 */
/* artifact.c: how parsers give events; the table. */
#include "artifact/artifact.h"

#include <string.h>

#include "format/format.h"

enum { FLUSH_AT = 1 << 20 };

bool parse_event(struct parse *p, struct record_builder *r, const struct timestamp *t, const char *kind, const char *timestamp_desc, uint64_t offset, uint64_t length)
{
	if (t->state == TIME_UNSET)
		return false;
	if (t->state != TIME_VALID) {
		if (p->report)
			report_note(p->report, "time.invalid", p->node ? p->node->step : NULL, offset, length, "%s holds %llu (0x%llx), which is no moment", timestamp_desc, (unsigned long long)t->raw, (unsigned long long)t->raw);
		return false;
	}
	*r = record_begin(p->out, RECORD_EVENT);
	record_time(r, F_TIME, t);
	record_string(r, F_PRECISION, time_precision_name((enum time_precision)t->precision));
	if (t->zone == TIME_LOCAL)
		record_string(r, F_ZONE, "local");
	record_string(r, F_TIMESTAMP_DESC, timestamp_desc);
	record_string(r, F_KIND, kind);
	if (p->locator_length)
		record_text(r, F_LOCATOR, p->locator, p->locator_length);
	if (length) {
		record_number(r, F_OFFSET, offset);
		record_number(r, F_LENGTH, length);
	}
	if (p->artifact_id)
		record_string(r, F_ARTIFACT_ID, p->artifact_id);
	if (p->tainted)
		record_flag(r, F_TAINTED, true);
	return true;
}

void parse_event_end(struct parse *p, struct record_builder *r, const char *message, size_t message_length)
{
	record_text(r, F_MESSAGE_TEXT, message, message_length);
	record_end(r);
	p->events++;
	if (p->flush && p->out->length >= FLUSH_AT)
		p->flush(p);
}

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
		if (strlen(artifact_parsers[i]->id) == length && !memcmp(artifact_parsers[i]->id, id, length))
			return artifact_parsers[i];
	return NULL;
}
