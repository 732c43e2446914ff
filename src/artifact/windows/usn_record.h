/* SPDX-License-Identifier: Apache-2.0 */
/* usn_record.h: one record of the change journal, for all who meet one: in the journal itself, in the transaction log. */
#ifndef SPOOR_ARTIFACT_WINDOWS_USN_RECORD_H
#define SPOOR_ARTIFACT_WINDOWS_USN_RECORD_H

#include "artifact/artifact.h"

enum { USN_RECORD_MOST = 4096 };        /* bytes */

struct usn_record {
	uint64_t offset;                /* where it stands, as the caller counts */
	uint32_t length, reason, source_info, attributes;
	unsigned version;
	uint64_t reference, parent, reference_high, usn;        /* reference_high: of the 128-bit ids of ReFS */
	struct timestamp time;
	const uint8_t *name; size_t name_units;         /* UTF-16LE, in the bytes that were read; none in version 4 */
};

/* The record at the beginning of `left` bytes, which end no later than its page. False: there is none. */
bool usn_record_read(const uint8_t *bytes, size_t left, uint64_t offset, struct usn_record *u);
/* Its reasons as DATA's list `reasons`, and in words behind `message`. */
void usn_reasons_value(struct record_builder *r, uint32_t reason, struct buffer *message);
/* "4711-3", or 32 hexadecimal digits where `high` has the upper half of an id of 128 bits. */
void usn_reference_value(struct record_builder *r, const char *key, uint64_t reference, uint64_t high);

#endif
