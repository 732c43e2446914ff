/* SPDX-License-Identifier: Apache-2.0 */
/* find.h: a few bytes in very many. */
#ifndef SPOOR_BASE_FIND_H
#define SPOOR_BASE_FIND_H

#include <stddef.h>

/* As memmem, and several times as fast where the first and the last of the wanted bytes seldom stand so far apart (bench: mbox). For a few bytes: what is like them up to
 * the last costs their length each time. Returns NULL where they are not there, and `bytes` for no bytes. */
const void *find_bytes(const void *bytes, size_t length, const void *wanted, size_t wanted_length);

#endif
