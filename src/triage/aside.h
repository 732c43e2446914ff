/* SPDX-License-Identifier: Apache-2.0 */
/* aside.h: digests made by a second thread while the first reads on: to inflate media and to hash it cost about the same.
 *
 * The thread is made before the worker's own filter is loaded, which covers it too (sandbox_worker); it needs no call but futex. */
#ifndef SPOOR_TRIAGE_ASIDE_H
#define SPOOR_TRIAGE_ASIDE_H

#include "base/hash.h"

enum { ASIDE_TURN = 1 << 20 };                          /* bytes a turn at most */

struct aside;
struct aside *aside_new(bool thread);                   /* without a thread, and where none can be made, the caller does the work itself. Lives as long as the process */
void aside_begin(struct aside *a, struct hasher *h);    /* what is given goes into `h`, which is left alone until aside_end */
uint8_t *aside_room(struct aside *a);                   /* ASIDE_TURN bytes to fill next */
void aside_give(struct aside *a, size_t length);        /* so many of those are filled */
void aside_end(struct aside *a);                        /* all that was given is hashed */

#endif
