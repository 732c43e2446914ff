/* SPDX-License-Identifier: Apache-2.0 */
/* exporting.h: what exporters share. */
#ifndef SPOOR_BUNDLE_EXPORTING_H
#define SPOOR_BUNDLE_EXPORTING_H

#include "bundle/bundle.h"

bool cell_is_formula(const void *text, size_t length);                  /* a spreadsheet would run it */
void cell_quoted(struct buffer *out, const void *text, size_t length);                  /* always quoted, safe in a spreadsheet */
void cell_field(struct buffer *out, const struct record_view *v, enum record_field f);  /* cell_quoted of field_text */
void value_shown(struct buffer *out, const struct record_value *v);                     /* as text: lists "a, b", maps "key: value; key: value" */
void field_text(struct buffer *out, const struct record_view *v, enum record_field f);  /* nothing where it is absent */
bool data_value(const struct record_view *v, const char *name, struct record_value *value);     /* a key of the event's data */
const char *event_macb(const struct record_view *v, bool upper);        /* "m...", by timestamp_desc; "...." when it is none of the four */
struct data_type { const char *name, *source; };                        /* Plaso's data_type, NULL where it has none; its short source: FILE, EVT, REG, ... */
struct data_type event_data_type(const struct record_view *v);          /* by data_types.def */
bool event_of_file_times(const struct record_view *v);                  /* it came from a file system's own times */
struct civil { int64_t year; unsigned month, day, hour, minute, second; };
int64_t event_time(const struct record_view *v, struct timestamp *t, struct civil *c);  /* F_TIME, also as a date (1970 where it has none); returns the year */

/* ---- the fields that Timesketch gets, shared by its two formats */
enum { TIMESKETCH_COLUMNS = 28 };
extern const char *const timesketch_column[TIMESKETCH_COLUMNS];         /* timestamp, a number, is the third */
void timesketch_value(struct buffer *out, const struct record_view *v, unsigned column);        /* nothing: the column is empty */

#endif
