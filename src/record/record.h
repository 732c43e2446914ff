/* SPDX-License-Identifier: Apache-2.0 */
/* record.h: records as typed binary frames: building, checking, reading; JSON Lines in and out.
 *
 * A frame is: u32 length of what follows; u16 record type; then fields: u16 field id, u8 value kind, u8 0, u32 length, bytes.
 * Little-endian, no alignment. Inside MAP: entries of u16 key length, key (UTF-8), u8 value kind, u8 0, u32 length, bytes; inside LIST the same
 * without keys (u8 kind, u8 0, u32 length, bytes). Nesting at most RECORD_DEPTH. All multi-byte lengths must add up exactly.
 * Value bytes: TEXT = UTF-8; LOSSY = u32 length of the shown UTF-8, that text, then the original bytes (at least one); NUMBER/BIG = u64;
 * SIGNED = i64; FLAG = u8 0/1; TIME = i64 seconds, u32 ns, u8 precision, u8 zone; HEX = bytes; LITERAL (only inside LIST and MAP) = a
 * JSON number or null of a foreign writer as it was spelled. A LIST holds no LOSSY: there it is the map {"text":…,"text_raw":…}.
 * TYPE never travels as a field; PRECISION and ZONE are those of TIME, unless the frame holds them as texts of their own.
 * Frames come from workers that parse hostile bytes: record_view_open checks everything before anything else looks at a frame. */
#ifndef SPOOR_RECORD_RECORD_H
#define SPOOR_RECORD_RECORD_H

#include "base/memory.h"
#include "base/text.h"
#include "base/timestamp.h"

enum { RECORD_SCHEMA_VERSION = 1, RECORD_DEPTH = 6, RECORD_LENGTH_MAX = 1 << 20 };

enum record_type {
#define RECORD(id, name, about) RECORD_##id,
#define FIELD(id, key, kind, about)
#define USES(record, field, need)
#include "record/schema.def"
#undef RECORD
#undef FIELD
#undef USES
	RECORD_FOREIGN,                 /* a record of a type the schema does not know; only EXTRA is set: the whole line */
	RECORD_TYPES
};

enum record_field {
#define RECORD(id, name, about)
#define FIELD(id, key, kind, about) F_##id,
#define USES(record, field, need)
#include "record/schema.def"
#undef RECORD
#undef FIELD
#undef USES
	RECORD_FIELDS
};

enum value_kind { VALUE_TEXT = 1, VALUE_LOSSY, VALUE_NUMBER, VALUE_BIG, VALUE_SIGNED, VALUE_FLAG, VALUE_TIME, VALUE_HEX, VALUE_LIST, VALUE_MAP, VALUE_INTERNAL,
	VALUE_LITERAL };

/* ---- building. The buffer may hold any number of frames, one after the other. Fields may be added in any order, each at most once
 * (adding one twice is a fault that record_view_open reports). */
struct record_builder {
	struct buffer *out;
	size_t start;                   /* where this frame begins in out */
	size_t open[RECORD_DEPTH];      /* starts of open lists and maps */
	unsigned depth;                 /* above RECORD_DEPTH: inside something nested too deep, which is left out with a mark */
	const char *key;                /* see value_key */
	size_t key_length;
};

struct record_builder record_begin(struct buffer *out, enum record_type type);
/* Completes the frame. One that would be longer than RECORD_LENGTH_MAX, as a frame or as a JSON line, has its longest texts cut (they end in
 * "…[cut N]", N in bytes; locators stay whole), and where that is not enough its longest lists and maps (they end in such a text). */
void record_end(struct record_builder *r);

void record_text(struct record_builder *r, enum record_field f, const char *utf8, size_t length);  /* UTF-8; if it is not, as record_evidence_text */
void record_string(struct record_builder *r, enum record_field f, const char *utf8);               /* NULL: left out */
/* Text of evidence in any encoding: kept with its raw bytes where the mapping loses something. */
void record_evidence_text(struct record_builder *r, enum record_field f, const void *bytes, size_t length, enum text_encoding encoding);
void record_lossy(struct record_builder *r, enum record_field f, const char *utf8, size_t length, const void *raw, size_t raw_length); /* raw_length 0: plain text */
void record_number(struct record_builder *r, enum record_field f, uint64_t v);                     /* NUMBER or BIG by the schema */
void record_signed(struct record_builder *r, enum record_field f, int64_t v);
void record_flag(struct record_builder *r, enum record_field f, bool v);
void record_time(struct record_builder *r, enum record_field f, const struct timestamp *t);        /* not TIME_VALID: left out */
void record_hex(struct record_builder *r, enum record_field f, const void *bytes, size_t length);
void record_internal(struct record_builder *r, enum record_field f, const void *bytes, size_t length);
/* Lists and maps: open, then value_* calls (inside a map each with a key), then close. They nest. */
void record_list(struct record_builder *r, enum record_field f);
void record_map(struct record_builder *r, enum record_field f);
void record_close(struct record_builder *r);
/* key is NULL inside a list. Keys from evidence may hold any bytes; they are made valid UTF-8, and a key that a map has already
 * gets "_" and its number in the map when the map is closed. Values outside a list or map are left out. */
void value_text(struct record_builder *r, const char *key, const char *utf8, size_t length);
void value_string(struct record_builder *r, const char *key, const char *utf8);                    /* NULL: left out */
void value_evidence_text(struct record_builder *r, const char *key, const void *bytes, size_t length, enum text_encoding encoding);
void value_number(struct record_builder *r, const char *key, uint64_t v);                          /* from 2^53 on as value_big */
void value_big(struct record_builder *r, const char *key, uint64_t v);                             /* JSON string */
void value_signed(struct record_builder *r, const char *key, int64_t v);
void value_flag(struct record_builder *r, const char *key, bool v);
void value_time(struct record_builder *r, const char *key, const struct timestamp *t);
void value_hex(struct record_builder *r, const char *key, const void *bytes, size_t length);
void value_list(struct record_builder *r, const char *key);                                        /* record_close ends it */
void value_map(struct record_builder *r, const char *key);
/* The key of the next value whose own key is NULL: for keys that hold NUL bytes. Borrowed until then. */
static inline void value_key(struct record_builder *r, const char *bytes, size_t length) { r->key = bytes; r->key_length = length; }

/* ---- reading: a checked view over a borrowed frame. */
struct record_value {
	const uint8_t *bytes;
	uint32_t length;
	uint8_t kind;                   /* 0: absent */
};

struct record_view {
	const uint8_t *frame;           /* borrowed */
	size_t frame_length;            /* with the u32 length in front */
	enum record_type type;
	struct record_value field[RECORD_FIELDS];       /* TYPE, PRECISION, ZONE may point outside the frame */
	uint64_t present[(RECORD_FIELDS + 63) / 64];    /* one bit a field that the frame itself holds */
};

/* Length of the frame at `frame` with its u32, or 0 when fewer than that many bytes are there: steps through a buffer of frames. */
static inline size_t record_frame_length(const uint8_t *frame, size_t available)
{
	if (available < 4)
		return 0;
	size_t rest = frame[0] | (size_t)frame[1] << 8 | (size_t)frame[2] << 16 | (size_t)frame[3] << 24;
	return rest <= available - 4 ? rest + 4 : 0;
}

/* Checks kinds against the schema, lengths, UTF-8, nesting, totals, double fields and keys, times in range, and that the JSON line is within
 * RECORD_LENGTH_MAX. NULL, or what is wrong (static text). What passes gives one valid line that record_from_json reads. A worker has no
 * business with EXTRA and RECORD_FOREIGN: those are for record_from_json, and the broker refuses them. Required
 * fields are not asked for here (a worker's frames lack what the broker adds): record_view_complete does that. */
const char *record_view_open(struct record_view *v, const uint8_t *frame, size_t length);
const char *record_view_complete(const struct record_view *v);
/* For a frame that record_view_open has passed and that lay in a file of our own since: kinds, lengths and nesting are checked again, so that no damage
 * reads out of bounds; what texts hold is not. */
const char *record_view_again(struct record_view *v, const uint8_t *frame, size_t length);
static inline bool record_has(const struct record_view *v, enum record_field f) { return v->field[f].kind != 0; }
/* Makes the view speak as if the field were not there (record_merge and record_prefix_locator then leave it out). */
static inline void record_hide(struct record_view *v, enum record_field f) { v->field[f].kind = 0; v->present[f / 64] &= ~(UINT64_C(1) << f % 64); }
/* The shown UTF-8 of TEXT or LOSSY (not NUL-terminated); NULL and length 0 when absent. */
const char *record_get_text(const struct record_view *v, enum record_field f, size_t *length);
bool record_text_equals(const struct record_view *v, enum record_field f, const char *text);
uint64_t record_get_number(const struct record_view *v, enum record_field f);                      /* 0 when absent; FLAG as 0/1 */
bool record_get_time(const struct record_view *v, enum record_field f, struct timestamp *t);       /* without `raw` */
bool record_value_time(const struct record_value *v, struct timestamp *t);
uint64_t record_value_number(const struct record_value *v);                                        /* SIGNED: cast it back */
/* Steps through a LIST or MAP value; start with *at = 0. For lists key is NULL. */
bool record_next(const struct record_value *list, size_t *at, const char **key, size_t *key_length, struct record_value *value);
/* The shown UTF-8 of TEXT, LOSSY and a list's {"text":…,"text_raw":…}; else NULL and 0. */
const char *record_value_text(const struct record_value *v, size_t *length);

/* Copies a frame to `out` with some fields replaced or added: what `changes` (a frame of the same type) holds wins; unknown keys of both are
 * kept. This is how stages add keys to a node record. Cuts as record_end does. */
void record_merge(struct buffer *out, const struct record_view *base, const struct record_view *changes);
/* Copies a frame, putting `prefix` before the text of F_LOCATOR (adding the field with the prefix alone when it is absent), also in the
 * `locator` key of maps inside F_ATTACHMENTS. */
void record_prefix_locator(struct buffer *out, const struct record_view *v, const char *prefix, size_t prefix_length);

/* ---- JSON Lines. Appends one object and a line feed: canonical subset (schema order, no spaces, what text_is_dangerous names escaped). */
void record_to_json(struct buffer *out, const struct record_view *v);
/* The same; where in `out` the value of `mark` (a LIST or MAP) stands, so that it need not be made or looked for again. Both stay as they are where v lacks it. */
void record_to_json_marked(struct buffer *out, const struct record_view *v, enum record_field mark, size_t *mark_at, size_t *mark_length);
/* Parses one line (without its line feed). NULL, or what is wrong (then `out` is as before). Unknown keys travel in F_EXTRA, unknown types as
 * RECORD_FOREIGN; both come out of record_to_json with the same meaning, and the same bytes where they were compact and escaped as ours: what
 * another program wrote is no way round the escapes. Any white space and order of keys is read. A line over RECORD_LENGTH_MAX, a duplicate key, invalid UTF-8, a wrong kind is an error. */
const char *record_from_json(struct buffer *out, const char *line, size_t length);

const char *record_type_name(enum record_type type);
const char *record_field_key(enum record_field f);
enum value_kind record_field_kind(enum record_field f);
/* For man pages and the validator: NULL-terminated walks over the schema. */
const char *record_field_about(enum record_field f);
const char *record_type_about(enum record_type type);
int record_field_use(enum record_type type, enum record_field f);      /* 0 not used, 1 optional, 2 required */

#endif
