/* SPDX-License-Identifier: Apache-2.0 */
/* place.h: opens evidence and goes down a locator, keeping what is open: the next locator usually shares most of the way. */
#ifndef SPOOR_TRIAGE_PLACE_H
#define SPOOR_TRIAGE_PLACE_H

#include "format/format.h"
#include "triage/scratch.h"

/* What lies beside what `level` levels of the way lead to. */
struct place_beside { struct beside beside; struct place *place; unsigned level; };

/* The files of an image that lie beside its first one in the folder of a container. */
struct parts_beside { struct evidence_parts parts; struct source **source; const char **name; struct container *container; };

struct level { char *step; struct container *container; struct source *content; struct parts_beside *parts; };

struct place {
	/* the evidence */
	uint32_t number;                /* 0: none is open */
	int *descriptor; unsigned descriptors;
	struct source **part;
	struct source **companion; unsigned companions; /* what lies beside it; NULL: empty or not there */
	struct container *image;        /* of the image layer */
	struct source *media;           /* what the image holds (owned when image->content made it) */
	const struct format *image_format;
	/* the way down */
	struct level level[LOCATOR_STEPS_MAX];
	unsigned levels;
	struct reporter *report;        /* for what happens on the way */
	/* these stay when another evidence is opened */
	struct key_ring *keys;          /* for locked volumes on it */
	struct worker *w;               /* for members that are too large for memory */
};

/* Takes over the descriptors. names: for the row that wants them. False: not even raw. Reports through `report`. */
/* companions: the last so many descriptors are not parts, but lie beside it, by enum companion. */
bool place_open(struct place *p, uint32_t number, const int *descriptor, unsigned descriptors, unsigned companions, const char *const *names, struct reporter *report);
/* Goes to the container whose locator tail (steps only, "::a:b::c:d", empty: the media) is given; the source there, borrowed until the next call. NULL: not there (reported). */
struct source *place_source(struct place *p, const char *tail, size_t length, struct reporter *report);
/* The container that the last step's format opens over the source at `tail`; kept open at the end of the way. */
struct container *place_container(struct place *p, const char *tail, size_t length, const struct format *f, struct reporter *report);
/* The next node of a sequential container with this step: on from where it stands, once around. c must be the container at the end of the way. */
bool place_find(struct place *p, struct container *c, const char *step, struct node *n);
/* For opening what the way leads to, or what its first `level` levels lead to. */
struct place_beside place_beside(struct place *p, unsigned level);
/* What belongs to the image whose first file `step` names in a container of this format over this source; NULL: there is nothing besides, or it can't be told. first: its content, borrowed. */
struct parts_beside *parts_beside_open(const struct container *holder, const char *step, struct source *first);
/* Is what `step` names a later file of an image whose first one lies beside it? *first: that one's name. */
bool part_of_beside(const struct container *holder, const char *step, struct buffer *first);
void parts_beside_close(struct parts_beside *b);        /* after what was opened over them; NULL is fine */
void place_close(struct place *p);

#endif
