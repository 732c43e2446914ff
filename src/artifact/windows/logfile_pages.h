/* SPDX-License-Identifier: Apache-2.0 */
/* logfile_pages.h: the transaction log of NTFS as pages and records; what the records mean is logfile.c's. */
#ifndef SPOOR_ARTIFACT_WINDOWS_LOGFILE_PAGES_H
#define SPOOR_ARTIFACT_WINDOWS_LOGFILE_PAGES_H

#include "artifact/artifact.h"
#include "format/fs/number_set.h"

enum { LOGFILE_PAGE = 4096, LOGFILE_HEADER = 48, LOGFILE_CLIENT_MOST = 1 << 20 /* bytes of one record; real ones are smaller by far */ };

struct log_pages {
	struct parse *p;
	uint8_t page[LOGFILE_PAGE], next[LOGFILE_PAGE];
	uint64_t number; bool held;             /* of the page in hand */
	uint8_t *client;                        /* what the record in hand holds; owned */
	struct number_set seen;                 /* LSNs */
	uint64_t records, copies, cut, torn, told;
};

/* lsn and the one before it in its transaction; where in the log it stands; bytes that it holds. */
struct log_record { uint64_t lsn, previous, offset; uint32_t length; };

void log_pages_open(struct log_pages *l, struct parse *p);
void log_pages_close(struct log_pages *l);
/* Calls `found` for every record of a client that is whole, as the pages give them (in order of LSN only within a turn); its bytes are in l->client. */
void log_pages_walk(struct log_pages *l, void (*found)(void *owner, const struct log_record *r), void *owner);
/* The bytes of such a record once more, to l->client. */
bool log_record_read(struct log_pages *l, const struct log_record *r);

#endif
