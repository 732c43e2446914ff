/* SPDX-License-Identifier: Apache-2.0 */
/* parse_harness.h: one artefact parser over bytes, its frames checked and turned to JSON lines, what it reports collected: for unit tests, fuzz targets and the
 * oracle's driver. Every frame that does not open is a failure. */
#ifndef SPOOR_TESTS_PARSE_HARNESS_H
#define SPOOR_TESTS_PARSE_HARNESS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "artifact/artifact.h"
#include "format/format.h"

struct parsed {
	struct reporter report;                 /* first */
	struct buffer frames, json, told;       /* told: "error kind@offset+length: text" or "note ..." a line */
	unsigned events, notes, artifacts, errors, reported_notes;
	uint64_t counted;                       /* parse.events */
	struct arena arena;
};

static inline void parsed_tell(struct reporter *r, const char *what, const char *kind, uint64_t offset, uint64_t length, const char *message)
{
	buffer_format(&((struct parsed *)r)->told, "%s %s@%llu+%llu: %s\n", what, kind, (unsigned long long)offset, (unsigned long long)length, message);
}

static inline void parsed_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)class, (void)step;
	((struct parsed *)r)->errors++;
	parsed_tell(r, "error", kind, offset, length, message);
}

static inline void parsed_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)step;
	((struct parsed *)r)->reported_notes++;
	parsed_tell(r, "note", kind, offset, length, message);
}

static inline bool parsed_step(struct reporter *r, uint64_t at)
{
	(void)r, (void)at;
	return true;
}

static inline void parsed_free(struct parsed *d)
{
	buffer_free(&d->frames);
	buffer_free(&d->json);
	buffer_free(&d->told);
	arena_free(&d->arena);
}

/* Frames of d->frames to d->json; counts. False when one is no good record. */
static inline bool parsed_check(struct parsed *d)
{
	for (size_t at = 0; at < d->frames.length;) {
		struct record_view v;
		size_t n = record_frame_length(d->frames.data + at, d->frames.length - at);
		const char *wrong = n ? record_view_open(&v, d->frames.data + at, n) : "cut frame";
		if (wrong) {
			fprintf(stderr, "frame at %zu: %s\n", at, wrong);
			return false;
		}
		d->events += v.type == RECORD_EVENT;
		d->notes += v.type == RECORD_NOTE;
		d->artifacts += v.type == RECORD_ARTIFACT;
		record_to_json(&d->json, &v);
		at += n;
	}
	(void)buffer_string(&d->json);
	(void)buffer_string(&d->told);
	return d->events == d->counted;
}

/* The parser over a source. bytes NULL: the content comes through the source only, as large content does. companion: by enum companion, or NULL. */
static inline bool parsed_from(struct parsed *d, const struct artifact_parser *a, const struct node *n, struct source *s, const void *bytes, size_t length,
                               struct source *const *companion)
{
	*d = (struct parsed){ .report = { parsed_error, parsed_note, parsed_step } };
	struct parse p = { .node = n, .source = s, .bytes = bytes, .length = length, .companion = companion, .arena = &d->arena, .out = &d->frames, .artifact_id = a->id,
		.report = &d->report };
	a->parse(&p);
	d->counted = p.events;
	return parsed_check(d);
}

static inline bool parsed_run(struct parsed *d, const char *id, const struct node *n, const void *bytes, size_t length, bool in_memory)
{
	*d = (struct parsed){ 0 };
	const struct artifact_parser *a = NULL;
	for (size_t i = 0; artifact_parsers[i] && !a; i++)
		if (artifact_reads(artifact_parsers[i], id))
			a = artifact_parsers[i];
	if (!a)
		return false;
	struct source *s = source_of_memory(bytes, length, false);
	bool good = parsed_from(d, a, n, s, in_memory ? bytes : NULL, in_memory ? length : 0, NULL);
	source_close(s);
	return good;
}

static inline struct node_text node_text_of(const char *text)
{
	return (struct node_text){ (const uint8_t *)text, strlen(text) };
}

static inline bool told(const struct parsed *d, const char *text)
{
	return d->told.data && strstr((const char *)d->told.data, text) != NULL;
}

static inline bool says(const struct parsed *d, const char *text)
{
	return d->json.data && strstr((const char *)d->json.data, text) != NULL;
}

/* How often a text occurs in the JSON lines. */
static inline unsigned said(const struct parsed *d, const char *text)
{
	unsigned n = 0;
	for (const char *at = (const char *)d->json.data; at && (at = strstr(at, text)); at++)
		n++;
	return n;
}

#endif
