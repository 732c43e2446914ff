/* SPDX-License-Identifier: Apache-2.0 */
/* event_tables.h: what well-known event ids and values mean, made of event_ids.tsv and event_enums.tsv by make-events. */
#ifndef SPOOR_ARTIFACT_WINDOWS_EVENT_TABLES_H
#define SPOOR_ARTIFACT_WINDOWS_EVENT_TABLES_H

#include <stddef.h>
#include <stdint.h>

struct event_value { const char *text; uint64_t number; const char *words; };  /* text NULL: compares as a number */
struct event_field { const char *name; uint16_t nth, value, values; };          /* nth: unnamed <Data>, from 1; its values in event_value */
struct event_row { const char *provider, *title; uint16_t id, field, fields; };
extern const struct event_value event_value[];
extern const struct event_field event_field[];
extern const struct event_row event_row[];      /* sorted by provider (bytes), then id */
extern const unsigned event_rows;

const struct event_row *event_row_find(const char *provider, size_t length, uint64_t id);
/* The words of a value as a record shows it; NULL: none known. */
const char *event_value_words(const struct event_field *f, const char *shown, size_t length);

#endif
