/* SPDX-License-Identifier: Apache-2.0 */
/* yara_need.h: what must a content hold for a rule to match at all? For yara.c alone. */
#ifndef SPOOR_DETECT_YARA_NEED_H
#define SPOOR_DETECT_YARA_NEED_H

#include <yara.h>

#include "detect/yara_carrier.h"

struct needs;
struct needs *needs_new(void);
/* The next rules: those of one file, compiled, in their order. parts: the file taken apart, or NULL: then nothing is proven of its rules. Nothing is borrowed but `rule`. */
void needs_file(struct needs *n, const YR_RULE *rule, size_t rules, const char *text, const struct carrier_file *parts);
/* What a rule can't match without: one of its strings; certain bytes at an offset; nothing of these. */
enum need_of { OF_STRINGS, OF_BYTES, OF_NOTHING, OF_KINDS };
enum need_of needs_what(const struct needs *n, size_t rule);
bool needs_imphash(const struct needs *n);                       /* some rule depends on it */
void needs_free(struct needs *n);

/* One a worker: tables for the kinds of content that it met. */
struct needs_look;
struct needs_look *needs_look_new(const struct needs *n);
/* may: called for each rule that may match, by its number in the order given, private rules left out. imphash: asked at most once a content, when a rule depends on it: that of the content, "" where it
 * has none, NULL where it can't be told. external: the text of an external variable; NULL: no such. */
struct needs_owner { void (*may)(void *owner, size_t rule); const char *(*imphash)(void *owner); const char *(*external)(void *owner, const char *name, size_t length); void *owner; };
void needs_look(struct needs_look *k, const uint8_t *bytes, size_t length, const struct needs_owner *owner);
void needs_look_free(struct needs_look *k);

#endif
