/* SPDX-License-Identifier: Apache-2.0 */
/* catalogue_index.h: what make-catalogue makes of catalogue.tsv, for match.c alone.
 *
 * All path rules together are one automaton over path components: a state has literal edges (one hash table for all states), wildcard
 * edges (tested one by one), edges that cost nothing (entry into the folders of a token, and the state that '**' stays in), and the rows that
 * end there. State 0 is the start for rows that ignore case, state 1 for the others. State ids are below `catalogue_states`. */
#ifndef SPOOR_ARTIFACT_CATALOGUE_INDEX_H
#define SPOOR_ARTIFACT_CATALOGUE_INDEX_H

#include <stdint.h>

enum { CATALOGUE_STATES_MAX = 8192 };

/* wilds that lead on stand first; the others, `wilds_last` of them, only end paths, so they are tried on last components alone. */
struct catalogue_state { uint16_t free_at, wild_at, row_at; uint8_t frees, wilds, wilds_last, rows, stays; };
struct catalogue_wild { uint16_t target; uint8_t first, last; const char *pattern; };  /* first, last: that byte must stand there; 0: any */
struct catalogue_edge { uint16_t state, target; uint32_t hash; const char *label; };   /* label NULL: empty slot */

extern const struct catalogue_state catalogue_state[];
extern const uint16_t catalogue_free[];                 /* targets of free edges */
extern const struct catalogue_wild catalogue_wild[];
extern const uint16_t catalogue_end[];                  /* rows that end in a state */
extern const struct catalogue_edge catalogue_edge[];
extern const uint32_t catalogue_edge_mask;              /* slots - 1 */
extern const uint8_t catalogue_row_os[];                /* OS_* bit of each row */
extern const uint16_t catalogue_states, catalogue_rows;

#endif
