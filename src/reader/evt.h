/* SPDX-License-Identifier: Apache-2.0 */
/* evt.h: reads the event logs of Windows NT to 2003 (.evt), a ring of records in one file. */
#ifndef SPOOR_READER_EVT_H
#define SPOOR_READER_EVT_H

#include "source/source.h"

enum evt_mark { EVT_STALE = 1 /* outside the ring's live part: overwritten in part, or of an earlier turn */, EVT_CUT = 2 /* a field points outside the record */ };

struct evt_text { const uint8_t *bytes; size_t length; };       /* UTF-16LE without its final NUL */
struct evt_event {
	uint64_t offset;                /* in the file, bytes */
	uint32_t length;                /* in bytes, of the record; it may go on behind the header when it reaches the end of the file */
	unsigned marks;
	uint32_t number, generated, written;    /* seconds since 1970, UTC */
	uint32_t id;                    /* whole: severity, facility and code */
	uint16_t type, category;        /* type: 0 success, 1 error, 2 warning, 4 information, 8 audit success, 16 audit failure */
	struct evt_text source, computer;
	const uint8_t *sid; uint32_t sid_length;
	const uint8_t *strings; size_t strings_length; uint16_t string_count;   /* NUL-terminated UTF-16 one after the other */
	const uint8_t *data; uint32_t data_length;
};
/* valid: the signature is there; dirty, wrapped: its flags; stale: its offsets are not those of the end record. first, end: byte offsets of the oldest record and
 * of the end record. Taken from the end record where one is found. */
struct evt_header { bool valid, dirty, wrapped, stale; uint32_t first, end, next_number, oldest_number; };

struct evt;
/* Never NULL: without a valid header, and where the ring breaks off, records are found by their signature. *taint is set when damaged ranges of the source were
 * read. Both are borrowed until evt_close. */
struct evt *evt_open(struct source *source, bool *taint);
bool evt_next(struct evt *e, struct evt_event *event);  /* live records oldest first, then stale ones in file order; borrowed until the next call */
const struct evt_header *evt_header(const struct evt *e);
void evt_close(struct evt *e);

#endif
