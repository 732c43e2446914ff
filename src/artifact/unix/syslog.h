/* SPDX-License-Identifier: Apache-2.0 */
/* syslog.h: a log line with its header taken off, and what syslog_events.c finds in its text. All texts are borrowed from the line. */
#ifndef SPOOR_ARTIFACT_UNIX_SYSLOG_H
#define SPOOR_ARTIFACT_UNIX_SYSLOG_H

#include <stddef.h>
#include <stdint.h>

struct syslog_text { const uint8_t *bytes; size_t length; };   /* length 0: none */

struct syslog_line { struct syslog_text host, tag, pid, level, message_id, structured, text; };

enum { SYSLOG_FIELDS_MAX = 12 };
struct syslog_event {
	const char *kind;               /* "log:line" when nothing was recognised */
	struct syslog_text user;
	struct { const char *key; struct syslog_text text; } field[SYSLOG_FIELDS_MAX];
	size_t fields;
};

struct syslog_event syslog_event_of(const struct syslog_line *l);

#endif
