/* SPDX-License-Identifier: Apache-2.0 */
/* regf_log.h: shared by regf.c, regf_log.c and regf_deleted.c only: records out of bytes, and the transaction logs played back into a private copy. */
#ifndef SPOOR_READER_REGF_LOG_H
#define SPOOR_READER_REGF_LOG_H

#include "reader/regf.h"

/* The fields of a key or value whose body (behind the size field) is at p: at least 76 or 20 bytes. Names are clipped to length; nothing is checked. */
void regf_key_read(struct regf_key *k, uint32_t cell, const uint8_t *p, size_t length);
void regf_value_read(struct regf_value *v, uint32_t cell, const uint8_t *p, size_t length);
/* Is there a bin at that place of the image which states the same place? */
bool regf_bin_at(const struct regf *h, size_t at, uint32_t *size);
uint32_t regf_checksum(const uint8_t *base_block);                      /* XOR of its first 127 words */
uint64_t regf_marvin32(const uint8_t *bytes, size_t length, uint64_t seed);
/* Makes h->copy when an entry or a page applies; sets state, entries_applied and the sequences. good_base: the base block's checksum is right. */
void regf_replay(struct regf *h, const struct regf_log *log, size_t logs, bool good_base);

#endif
