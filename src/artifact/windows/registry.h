/* SPDX-License-Identifier: Apache-2.0 */
/* registry.h: what the decoders of registry artefacts share: the hive and the key in hand, its values, and how events are given.
 *
 * A decoder is called once for each key that a row of registry.tsv names, with the values that the row takes. Everything it allocates comes from `arena`, which is
 * reset after the key. Decoders read values through cursors; what they can't make sense of they leave out, and report_error with the value's place in the file. */
#ifndef SPOOR_ARTIFACT_WINDOWS_REGISTRY_H
#define SPOOR_ARTIFACT_WINDOWS_REGISTRY_H

#include "artifact/artifact.h"
#include "artifact/windows/registry_rows.h"
#include "base/text.h"
#include "format/format.h"
#include "reader/regf.h"
#include "reader/regf_deleted.h"

/* What the bytes of a value hold by its row, where its type does not tell. */
enum registry_form { FORM_OF_TYPE, FORM_UTF8, FORM_SID };

struct registry_value {
	const char *name; size_t name_length;   /* UTF-8; the nameless one: "(default)" */
	const uint8_t *raw_name; size_t raw_name_length; bool name_latin1;
	uint32_t type;                          /* REGF_SZ, REGF_MULTI_SZ also where the row says that the bytes are that */
	enum registry_form form;
	const uint8_t *data; size_t length;
	uint64_t offset;                        /* of the data in the file */
	bool whole;                             /* all of the data is there */
	const char *time_format, *time_desc; size_t time_format_length, time_desc_length;       /* from the row; NULL */
};

struct registry {
	struct parse *parse;
	struct regf hive;
	enum registry_hive kind;
	const char *prefix;                     /* of key paths for people: "HKLM\SYSTEM" */
	const char *hive_name;
	const char *user; size_t user_length;   /* whose hive it is, where the path tells */
	/* the key in hand */
	struct regf_key key;
	const char *key_name; size_t key_name_length;
	const char *parent_name; size_t parent_name_length;
	struct buffer path;                     /* without the root's name, UTF-8 */
	size_t path_length[REGF_DEPTH + 2];     /* of the path at each depth */
	bool deleted; const char *confidence;   /* the key was recovered; "full", "partial": how sure its path is */
	struct regf_deleted *recovery;          /* while recovered keys are gone through, else NULL */
	bool loaded;                            /* `all` holds the values of the key in hand */
	struct registry_value *all; size_t all_count;
	/* what the row takes of it */
	const struct registry_row *row;
	struct registry_value *value; size_t values;
	struct arena arena;
	struct buffer bag;                      /* shell bags: the folder that the key in hand stands for */
	size_t bag_length[REGF_DEPTH + 2];
	struct buffer message, scratch, text;
	/* matching: see registry.c */
	struct registry_match *match;
	uint64_t keys, all_values, recovered_keys, recovered_values;
};

typedef void (*registry_decoder)(struct registry *g);
struct registry_decoder_row { const char *name; registry_decoder decode; };
extern const struct registry_decoder_row registry_decoders[];           /* ends with name NULL */

/* Events: begin (false: no valid time, nothing to add), further value_* calls for DATA, end with the message that the row's template gives for `v` (may be NULL). */
bool registry_event(struct registry *g, struct record_builder *r, const struct timestamp *t, const char *desc, size_t desc_length, uint64_t offset, uint64_t length);
void registry_event_end(struct registry *g, struct record_builder *r, const struct registry_value *v);
/* Ends it with this message behind the row's own first words (up to ':'). */
void registry_event_say(struct registry *g, struct record_builder *r, const char *text, size_t length);
bool registry_key_event(struct registry *g, struct record_builder *r);         /* at the key's time, of the key's cell */
struct timestamp registry_key_time(const struct registry *g);
static inline struct cursor registry_cursor(const struct registry_value *v) { return cursor_of(v->data, v->length, v->offset); }

/* Value by name without regard to case, among all values of the key in hand; NULL: none. */
const struct registry_value *registry_find(const struct registry *g, const char *name);
/* As text for people: strings up to their NUL, lists with ", ", numbers, other bytes in hex; what is cut ends in "…". Appends. */
void registry_value_text(const struct registry *g, struct buffer *out, const struct registry_value *v);
/* Into an open map: by its type; secrets only as "not shown". key NULL: the value's own name. */
void registry_value_put(struct registry *g, struct record_builder *r, const char *key, const struct registry_value *v);
bool registry_number(const struct registry_value *v, uint64_t *number);        /* DWORD (both), QWORD, text of decimal digits */
/* UTF-16 up to its NUL as UTF-8 in the arena. */
const char *registry_utf16(struct registry *g, const uint8_t *bytes, size_t size, size_t *length);
bool registry_name_like(const char *pattern, size_t pattern_length, const char *name, size_t length);  /* '*' any part; ASCII case folded */
/* The SID at the cursor: "S-1-5-32-544". Appends; c->bad when it is cut. */
void registry_sid(struct cursor *c, struct buffer *out);
/* "{0123...}" of 16 bytes as Windows stores them. */
void registry_guid(const uint8_t bytes[16], char text[39]);
void registry_time_of(const struct registry_value *v, struct timestamp *t);     /* by v->time_format */

/* Decoders that need code. */
void registry_decode_key(struct registry *g);
void registry_decode_each(struct registry *g);
void registry_decode_times(struct registry *g);

#endif
