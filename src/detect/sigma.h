/* SPDX-License-Identifier: Apache-2.0 */
/* sigma.h: Sigma rules over records of events, in the process that made them.
 *
 * Rule files come as text from the broker and are compiled once a run in the nursery, under its sandbox; a worker has a matcher. Which rules an event can meet
 * at all is known from its channel, id and provider, before it is rendered (sigma_wants_log); all literals that rules look for in a field are then found in one walk over each of its
 * values, and only rules of which a necessary literal was seen are asked. Counts and correlations look at one log, not across several. */
#ifndef SPOOR_DETECT_SIGMA_H
#define SPOOR_DETECT_SIGMA_H

#include "base/memory.h"
#include "record/record.h"

struct sigma_rules;
struct sigma_source_text { const char *name; const char *text; size_t length; };        /* name: path below the rule folder */

/* Compiles. `failed` is called for each file or rule that can't be used: name of its file, title (NULL: the whole file), why, and whether it is a sound one for events that spoor has none of; the rest goes on. Never NULL. */
struct sigma_rules *sigma_compile(const struct sigma_source_text *source, size_t sources, void (*failed)(void *owner, const char *name, const char *title, const char *why, bool elsewhere), void *owner);
size_t sigma_rule_count(const struct sigma_rules *r);
void sigma_rules_free(struct sigma_rules *r);
/* Are there rules over log events; over other records of this type? */
bool sigma_wants_logs(const struct sigma_rules *r);
bool sigma_wants_records(const struct sigma_rules *r, enum record_type type);

struct sigma_matcher;
struct sigma_matcher *sigma_matcher_new(const struct sigma_rules *r);
/* Could a rule match a log event of this channel and id? */
bool sigma_wants_log(struct sigma_matcher *m, const char *channel, size_t length, uint64_t event_id);
/* A frame of an event, message or node, checked or made by the same process. Appends a hit frame (RULE, RULE_ID, SCORE, METHOD "sigma", WHY, MATCHES, what the rule says of itself, and the record's TIME,
 * LOCATOR, OFFSET, LENGTH, HOST, TAINTED) for each rule that matches, in the order of the rules. Returns how many. */
unsigned sigma_match(struct sigma_matcher *m, const uint8_t *frame, size_t length, struct buffer *hits);
/* The log (or other node) ends: hits of counts and correlations. `limits` is called for each rule that reached one: what was not asked or counted. The matcher is as new afterwards. */
unsigned sigma_log_end(struct sigma_matcher *m, struct buffer *hits, void (*limits)(void *owner, const char *title, const char *what), void *owner);
void sigma_matcher_free(struct sigma_matcher *m);

#endif
