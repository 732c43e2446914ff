/* SPDX-License-Identifier: Apache-2.0 */
/* evtx_template.h: binary XML compiled into pieces with holes. For the evtx reader's own files.
 *
 * A program is a flat row of steps that write entries of a record map: what is fixed (keys with their entry headers, literal texts) stands ready in `pool`; a hole
 * names the substitution that fills it. How XML becomes a map: an element with text alone is an entry of its name; <Data Name="x"> is an entry "x"; all unnamed
 * <Data> of an element are one list "Data"; an element with attributes or children is a map, attributes as "@name", its own text as "#text". Names that repeat get "_N".
 * Maps nest at most MAP_LEVELS below the root; deeper elements are entries of the last map, with the path to them as key. */
#ifndef SPOOR_READER_EVTX_TEMPLATE_H
#define SPOOR_READER_EVTX_TEMPLATE_H

#include "reader/evtx.h"

enum evtx_step_kind {
	STEP_VALUE,                     /* header, then the value of slot */
	STEP_CONSTANT,                  /* header and value, all from the pool */
	STEP_TEXT,                      /* header of a text that the steps up to `jump` make up */
	STEP_TEXT_PIECE, STEP_TEXT_SLOT,
	STEP_OPEN, STEP_CLOSE,          /* a map or list; jump of OPEN: behind its CLOSE */
	STEP_FRAGMENT,                  /* entries of the fragment in slot, at this place */
};
enum { STEP_OPTIONAL = 1 /* NULL: left out */, STEP_DROP_EMPTY = 2, STEP_LIST = 4 /* inside a list */, STEP_EMPTY_TOO = 8 /* attribute: empty text is left out, too */ };
enum { NO_SLOT = 0xffff };

struct evtx_step {
	uint8_t kind, flags;
	uint16_t slot, gate;            /* gate: NULL there leaves the step (or all up to jump) out */
	uint16_t header;                /* bytes of pool that begin the entry */
	uint32_t at;                    /* in pool */
	uint32_t length;                /* STEP_CONSTANT, STEP_TEXT_PIECE: bytes of pool in all */
	uint32_t jump;
};

struct evtx_leaf_name { uint32_t name_at; uint16_t name_length; uint16_t nth; uint32_t step; };
struct evtx_system_source { uint16_t slot; bool literal; struct evtx_value value; };

/* A name that stood outside the definition: whoever uses the program for the same bytes elsewhere must find the same name there. */
struct evtx_outside { uint32_t offset; uint32_t name_at; uint16_t units; };

struct evtx_program {
	struct evtx_step *step; uint32_t steps;
	uint8_t *pool; uint32_t pool_length;
	struct evtx_leaf_name *leaf; uint32_t leaves;
	bool is_event;                  /* root is <Event>: `system` holds where its fields are, and the steps are what else it contains */
	struct evtx_system_source system[EVTX_SYSTEM_FIELDS];
	uint16_t payload;               /* slot of the one fragment below the event, or NO_SLOT */
	bool several;                   /* fragments and other entries side by side: names may be double */
	bool lower_case_root;           /* the root's key might clash with keys of the map it is put in */
	uint8_t levels;                 /* maps inside maps that it opens, counting its root */
	/* for the cache */
	uint8_t guid[16];
	const uint8_t *bytes; uint32_t size, position;  /* the definition as it stood, and where in its chunk */
	struct evtx_outside *outside; uint32_t outsides;
	uint8_t *names;                 /* those names' units */
	bool inside;                    /* it holds names itself: the same bytes mean the same at the same position only */
	struct evtx_program *next;      /* in the reader's table */
	uint64_t hash;
	uint32_t consumed;              /* direct elements: bytes up to and with the element's end */
};

/* `chunk`/`size`: the chunk, in which names are found by offset. The element that begins at `at` and ends before `end`. depends: elements carry a dependency id, as in
 * template definitions. NULL: can't be read, `*wrong` says why. Everything comes from `arena`. */
struct evtx_program *evtx_compile(struct arena *arena, const uint8_t *chunk, size_t size, size_t at, size_t end, bool depends, const char **wrong);
bool evtx_same_names(const struct evtx_program *p, const uint8_t *chunk, size_t size);

#endif
