/* SPDX-License-Identifier: Apache-2.0 */
/* unread.c: images of disks that are recognised and not read, so that they are not taken for raw ones: a responder is told what it is and what turns it into one that is read.
 *
 * Signatures: QEMU docs/specs/qed_spec.txt and docs/interop/parallels.txt; for DMG the trailer "koly" and how a packed first chunk begins (one that is not packed is a raw image). */
#include <string.h>

#include "format/format.h"

enum { TRAILER = 512 };

static unsigned begins(const struct probe *p, const char *text, size_t length)
{
	return p->head_length >= length && !memcmp(p->head, text, length) ? (unsigned)(8 * length) : 0;
}
#define BEGINS(text) begins(p, text, sizeof text - 1)

static unsigned qed_probe(const struct probe *p) { return BEGINS("QED\0"); }
static unsigned parallels_probe(const struct probe *p) { return BEGINS("WithoutFreeSpace") | BEGINS("WithouFreSpacExt"); }

static unsigned dmg_probe(const struct probe *p)
{
	uint8_t mark[4];
	bool packed = BEGINS("x\x01") | BEGINS("x\x5e") | BEGINS("x\x9c") | BEGINS("x\xda") | BEGINS("BZh") | BEGINS("bvx");
	return packed && p->source->size > TRAILER && source_read_at(p->source, p->source->size - TRAILER, mark, sizeof mark, NULL) == sizeof mark && !memcmp(mark, "koly", sizeof mark) ? 48 : 0;
}

static struct container *refuse(const struct opening *o, const char *kind, const char *what)
{
	report_error(o->report, "unsupported", kind, NULL, 0, 0, "%s", what);
	return NULL;
}

static int nothing_next(struct container *c, struct node *n)
{
	(void)c, (void)n;
	return 0;
}

static void nothing_close(struct container *c)
{
	(void)c;
}

/* name, man page line, message */
#define UNREAD(id, line, said) \
	static struct container *id##_open(const struct opening *o) { return refuse(o, #id ".open", said); } \
	const struct format format_##id = { .name = #id, .layer = LAYER_IMAGE, .flags = FORMAT_TRANSPARENT, .about = line, .probe = id##_probe, .open = id##_open, .next = nothing_next, .close = nothing_close, };

UNREAD(qed, "disk images of QEMU (QED): recognised, not read", "disk image of QEMU (QED): not read; qemu-img convert makes a raw image of it")
UNREAD(parallels, "disk images of Parallels (HDD): recognised, not read", "disk image of Parallels (HDD): not read; qemu-img convert makes a raw image of it")
UNREAD(dmg, "packed disk images of macOS (DMG): recognised, not read; those that are not packed are raw ones", "packed disk image of macOS (DMG): not read; qemu-img convert makes a raw image of it")
