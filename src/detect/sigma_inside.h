/* SPDX-License-Identifier: Apache-2.0 */
/* sigma_inside.h: compiled rules, for sigma's own files: sigma_compile.c makes them, sigma_match.c asks them, sigma_count.c counts, sigma_hit.c tells. */
#ifndef SPOOR_DETECT_SIGMA_INSIDE_H
#define SPOOR_DETECT_SIGMA_INSIDE_H

#include "detect/sigma.h"
#include "detect/sigma_rule.h"
#include "detect/sigma_words.h"

enum { SIGMA_NO_SLOT = 0xffffffff, SIGMA_ANY_SLOT = 0xfffffffe };

/* The literals that are looked for in one slot, and where in the table of all of them each stands. */
struct sigma_finder { struct sigma_words *words; uint32_t *number; size_t count, capacity; };

/* One way to get a value out of an event: what it is called there (folded, without spaces), and what is made of it. */
struct sigma_slot {
	const char *key; size_t key_length;
	bool system;                            /* of a log event's System part */
	enum sigma_how how;
	const char *map, *name;                 /* of SIGMA_WORD rows; NULL: none */
	uint32_t second;                        /* SIGMA_REGISTRY: the value's name */
	uint32_t next;                          /* another slot with the same key */
	bool words;                             /* literals are looked for in it, */
	struct sigma_finder find;               /* these */
};
/* A value that is asked alone. */
struct sigma_asked { const struct sigma_value *value; uint32_t slot; /* SIGMA_FIELD: the other field's */ };
/* One question to an event: does any of these values stand in this slot? */
struct sigma_item {
	uint32_t slot;
	const char *field;
	struct sigma_asked *asked; unsigned asks;       /* what the words can't answer */
	bool gate;                              /* it is never true without a word of it having been seen */
	uint64_t common;                        /* how often it is expected to be met */
	const uint32_t *wakes; unsigned wake;   /* uses to be asked when a word of it was seen */
};
/* A word seen in a slot, at an anchor, answers an item; maybe: it must be asked then. */
struct sigma_posting { uint32_t word, slot, item; uint8_t anchor; bool maybe; };

struct sigma_node_compiled { enum sigma_expression_kind kind; unsigned need; uint32_t item; struct sigma_node_compiled *child, *next; };

struct sigma_counter;
/* A counted rule gives an entry to a counter. */
struct sigma_feed { uint32_t counter, number; uint32_t by[SIGMA_GROUP_FIELDS]; uint32_t field; };
/* A rule for one of its sources of events. */
struct sigma_use {
	uint32_t rule;
	const struct sigma_source *source;
	struct sigma_node_compiled *root;
	const uint64_t *id; unsigned ids;       /* event ids without which it can't match; none: any */
	bool gated;                             /* woken by items, else always asked */
	bool keywords, system;                  /* system: it asks for fields of the System part alone */
	uint32_t *slot; unsigned slots;         /* that it asks for */
	struct sigma_feed *feed; unsigned feeds;
};

struct sigma_rules {
	struct arena arena;
	struct sigma_rule **rule; size_t rules, rule_capacity;
	bool *silent;                           /* by rule: gives no hit itself, it is only counted */
	struct sigma_slot *slot; size_t slots, slot_capacity;
	uint32_t *key; size_t keys;             /* slot + 1 by hash of the key */
	struct sigma_item *item; size_t items, item_capacity;
	struct sigma_use *use; size_t uses, use_capacity;
	struct sigma_words *words;              /* all literals, numbered */
	struct sigma_finder keywords;           /* those that may stand in any value */
	struct sigma_posting *posting; size_t postings, posting_capacity;
	uint32_t *posting_of;                   /* by word: its first */
	struct sigma_posting *whole; size_t wholes, whole_capacity;     /* values that must be the whole text: word is the number of their text */
	uint32_t *whole_slot; size_t whole_slots;                       /* by hash of slot and text: number in `whole` + 1 */
	const struct sigma_value **whole_value;
	uint32_t *whole_next;
	uint32_t *counter_rule; size_t counters;        /* the rule whose count it is */
	bool logs, records[RECORD_TYPES];
};

uint64_t sigma_hash(const void *bytes, size_t length, uint64_t seed);
/* Folds a field's name as slots have it. */
void sigma_key(struct buffer *out, const void *name, size_t length);

/* ---- matching */

/* A value of the event in hand. */
struct sigma_found { struct sigma_text text; uint32_t next, known /* number + 1 */; bool folded, walked; };
enum { SIGMA_ANSWERS = 6 };
/* What a value said when it was walked before: items, seen or maybe; and what it answered when it was asked alone, item * 2 + yes. */
struct sigma_known { const uint8_t *raw; const uint32_t *touch; uint32_t length, slot, touches; bool keywords; uint8_t answers; uint32_t answer[SIGMA_ANSWERS]; };
struct sigma_bucket;
struct sigma_cell { uint64_t stamp; uint32_t first; };           /* of a slot: its first value */
struct sigma_entry { uint64_t group, value; int64_t seconds; uint64_t offset, length; uint32_t nanoseconds, counter, number, group_text; };

struct sigma_event {
	enum record_type type;
	struct record_value time, locator, host, kind, artifact, offset, length, tainted, flags, data;
	bool log, nameless;                     /* nameless: its template is lost, so values have no names of their own */
};
struct sigma_matcher {
	const struct sigma_rules *rules;
	struct sigma_bucket **bucket; size_t buckets; uint64_t bucket_bytes;
	struct arena buckets_arena, event_arena, groups_arena;
	uint64_t stamp;
	struct sigma_cell *cell;                /* by slot */
	uint64_t *seen, *maybe, *answered;      /* by item: stamp of the event in which it was true, may be, or was asked and is false */
	uint64_t *asked_use;                    /* by use */
	uint32_t *touched; size_t touches;      /* items seen or maybe */
	struct sigma_found *found; size_t founds, found_capacity;
	uint32_t *woken; size_t wakes;
	const struct sigma_bucket *now;         /* bucket of the event in hand */
	struct sigma_event event;
	uint32_t walking;                       /* slot whose value is being walked */
	uint64_t walk, *walk_seen;              /* by item * 2 + maybe: the walk in which it was touched */
	uint32_t *walk_touch; size_t walk_touches;
	struct sigma_known *known; struct arena known_arena;
	size_t walking_length;
	const struct sigma_finder *finder;      /* of the walk */
	uint8_t *gave_up;                       /* by item: how often a regular expression of it reached its limit */
	bool any_gave_up;
	struct sigma_entry *entry; size_t entries, entry_capacity;
	uint32_t *group_slot; size_t group_slots, groups; const char **group_text; size_t group_capacity;
	struct buffer locator, host;            /* of the last counted event */
	bool entries_full;
	struct buffer work, why;
};
bool sigma_item_holds(struct sigma_matcher *m, uint32_t item);
/* First value of a slot in the event in hand; NULL: absent. */
const struct sigma_found *sigma_value_of(struct sigma_matcher *m, uint32_t slot);

/* sigma_hit.c */
void sigma_hit(struct sigma_matcher *m, const struct sigma_use *use, struct buffer *hits);
struct sigma_counted { const struct sigma_rule *rule; const struct sigma_entry *last; double count; const char *group; };
void sigma_hit_counted(struct sigma_matcher *m, const struct sigma_counted *c, struct buffer *hits);
/* sigma_count.c */
void sigma_count_add(struct sigma_matcher *m, const struct sigma_feed *feed);
unsigned sigma_count_end(struct sigma_matcher *m, struct buffer *hits);

#endif
