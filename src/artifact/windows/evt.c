/* SPDX-License-Identifier: Apache-2.0 */
/* evt.c: event logs of Windows NT to 2003. The layout is the reader's (reader/evt.h).
 *
 * Their strings have no names: they stay a list. Security ids of Vista and later are those of these logs plus 4096, but for the logons, which were merged: so a message
 * can be had from the same table. The channel is not in the file; the file's name tells it. */
#include "artifact/artifact.h"

#include <string.h>

#include "artifact/windows/event_tables.h"
#include "base/text.h"
#include "format/format.h"
#include "reader/evt.h"
#include "reader/evtx.h"

enum { SHOWN_MOST = 500, STRINGS_MOST = 1024 };

static const char *level_of(uint16_t type)
{
	switch (type) {
	case 1: return "error";
	case 2: return "warning";
	case 4: return "information";
	case 8: return "audit success";
	case 16: return "audit failure";
	case 0: return "success";
	default: return NULL;
	}
}

static const char *channel_of(const struct node *n)
{
	static const struct { const char *file, *channel; } known[] = { { "SecEvent.Evt", "Security" }, { "SysEvent.Evt", "System" }, { "AppEvent.Evt", "Application" } };
	for (size_t i = 0; n && i < sizeof known / sizeof *known; i++)
		if (text_equal_nocase((const char *)n->name.bytes, n->name.length, known[i].file, strlen(known[i].file)))
			return known[i].channel;
	return NULL;
}

static bool is_ascii(const struct evt_text *t, const char *word)
{
	size_t length = strlen(word);
	if (t->length != 2 * length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (t->bytes[2 * i] != (uint8_t)word[i] || t->bytes[2 * i + 1])
			return false;
	return true;
}

/* The row of the same event in later systems, or NULL. */
static const struct event_row *later_row(const struct evt_event *ev, uint32_t code)
{
	static const char audit[] = "Microsoft-Windows-Security-Auditing", eventlog[] = "Microsoft-Windows-Eventlog", old[] = "EventLog", service[] = "Service Control Manager";
	if (is_ascii(&ev->source, "Security")) {
		if (code == 517)
			return event_row_find(eventlog, sizeof eventlog - 1, 1102);
		uint32_t later = code == 528 || code == 540 ? 4624 : (code >= 529 && code <= 537) || code == 539 ? 4625 : code >= 512 && code < 1024 ? code + 4096 : 0;
		return later ? event_row_find(audit, sizeof audit - 1, later) : NULL;
	}
	if (is_ascii(&ev->source, old))
		return event_row_find(old, sizeof old - 1, code);
	return is_ascii(&ev->source, service) ? event_row_find(service, sizeof service - 1, code) : NULL;
}

static void put_event(struct parse *p, const struct evt_event *ev, const char *channel)
{
	struct record_builder r;
	struct timestamp time = time_from_unix(ev->generated, 0, TIME_S), written = time_from_unix(ev->written, 0, TIME_S);
	uint32_t code = ev->id & 0xffff;
	struct buffer message = { 0 }, one = { 0 };
	if (!parse_event(p, &r, &time, "log_event", "Creation Time", ev->offset, ev->length))
		return;
	const struct event_row *row = later_row(ev, code);
	if (ev->marks & EVT_STALE)
		buffer_text(&message, "recovered: ");
	if (row)
		buffer_format(&message, "%s (event %u)", row->title, (unsigned)code);
	else {
		(void)text_to_utf8(&message, ev->source.bytes, ev->source.length, TEXT_UTF16LE);
		buffer_format(&message, " event %u", (unsigned)code);
	}
	record_evidence_text(&r, F_HOST, ev->computer.bytes, ev->computer.length, TEXT_UTF16LE);
	if (ev->marks) {
		record_list(&r, F_FLAGS);
		if (ev->marks & EVT_STALE) {
			value_string(&r, NULL, "recovered");
			value_string(&r, NULL, "stale");
		}
		if (ev->marks & EVT_CUT)
			value_string(&r, NULL, "broken");
		record_close(&r);
	}
	if (ev->marks & EVT_STALE && !(p->node && p->node->has_allocated && !p->node->allocated))
		record_flag(&r, F_ALLOCATED, false);
	record_map(&r, F_DATA);
	value_evidence_text(&r, "provider", ev->source.bytes, ev->source.length, TEXT_UTF16LE);
	value_number(&r, "event_id", code);
	value_string(&r, "channel", channel);
	value_string(&r, "level_name", level_of(ev->type));
	value_number(&r, "type", ev->type);
	value_number(&r, "severity", ev->id >> 30);
	value_number(&r, "facility", ev->id >> 16 & 0xfff);
	value_number(&r, "category", ev->category);
	value_number(&r, "record_id", ev->number);
	if (ev->sid_length) {
		buffer_clear(&one);
		evtx_value_text(&one, &(struct evtx_value){ ev->sid, ev->sid_length, EVTX_SID });
		value_text(&r, "user_sid", (const char *)one.data, one.length);
	}
	if (ev->written != ev->generated)
		value_time(&r, "written", &written);
	if (ev->string_count) {
		value_map(&r, "EventData");
		value_list(&r, "Data");
		size_t at = 0;
		for (unsigned i = 0; i < ev->string_count && i < STRINGS_MOST && at + 2 <= ev->strings_length; i++) {
			size_t length = text_utf16_length(ev->strings + at, ev->strings_length - at) * 2;
			value_evidence_text(&r, NULL, ev->strings + at, length, TEXT_UTF16LE);
			if (message.length < SHOWN_MOST && length) {
				buffer_text(&message, i ? ", " : ": ");
				buffer_clear(&one);
				(void)text_to_utf8(&one, ev->strings + at, length < 240 ? length : 240, TEXT_UTF16LE);
				for (size_t k = 0; k < one.length; k++)
					if (one.data[k] < 0x20)
						one.data[k] = ' ';
				buffer_append(&message, one.data, one.length);
			}
			at += length + 2;
		}
		record_close(&r);
		record_close(&r);
	}
	if (ev->data_length)
		value_hex(&r, "binary", ev->data, ev->data_length);
	record_close(&r);
	parse_event_end(p, &r, (const char *)message.data, message.length);
	buffer_free(&message);
	buffer_free(&one);
}

static void evt_parse(struct parse *p)
{
	if (!p->source || p->source->size == 0)
		return;
	struct evt *e = evt_open(p->source, &p->tainted);
	const struct evt_header *h = evt_header(e);
	if (!h->valid)
		report_error(p->report, "damage", "evt.header", NULL, 0, p->source->size < 48 ? p->source->size : 48, "no header of an old event log; records are looked for");
	else if (h->stale)
		report_note(p->report, "evt.header", NULL, 0, 48, "the header's offsets are stale, as in a log that was in use; the end record's were taken");
	uint64_t live = 0, stale = 0, cut = 0;
	struct evt_event ev;
	const char *channel = channel_of(p->node);
	while (evt_next(e, &ev)) {
		if (ev.marks & EVT_STALE)
			stale++;
		else
			live++;
		cut += ev.string_count > STRINGS_MOST;
		put_event(p, &ev, channel);
	}
	if (cut)
		report_error(p->report, "limit", "evt.strings", NULL, 0, 0, "%llu records state more than %d strings: those behind are left out", (unsigned long long)cut, STRINGS_MOST);
	struct record_builder r = record_begin(p->out, RECORD_ARTIFACT);
	record_map(&r, F_DATA);
	value_flag(&r, "dirty", h->dirty);
	value_flag(&r, "wrapped", h->wrapped);
	value_number(&r, "records", live);
	value_number(&r, "recovered", stale);
	value_number(&r, "oldest_record_id", h->oldest_number);
	value_number(&r, "next_record_id", h->next_number);
	record_close(&r);
	record_end(&r);
	evt_close(e);
}

static bool evt_probe(const uint8_t *head, size_t length, bool named)
{
	return (named && length) || (length >= 48 && memcmp(head, "\x30\0\0\0LfLe\1\0\0\0\1\0\0\0", 16) == 0);
}

const struct artifact_parser artifact_evt = {
	.id = "win.evt",
	.about = "Event logs of Windows NT to 2003 (.evt): the ring's records, and stale ones behind it",
	.events = "log_event",
	.attack = "",
	.probe = evt_probe,
	.parse = evt_parse,
};
