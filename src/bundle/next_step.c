/* SPDX-License-Identifier: Apache-2.0 */
/* next_step.c: see next_step.h. */
#include "bundle/next_step.h"

#include <string.h>

static const struct { const char *method, *look; } next[] = {
	{ "yara", "the matched bytes in their place; when and how the file came (spoor parse, spoor timeline); the same SHA-256 elsewhere" },
	{ "ioc", "whether the list means this very thing: what it says of the indicator, who else uses such a name or address; what else happened at that time" },
	{ "sigma", "the events around this one on the same host and account; the process that it names and what that started" },
	{ "mail", "the message's way (Received), its attachments and links; who else got it, and who answered or opened it" },
	{ "rmm", "whether this tool is one that the victim's own people use; since when it is there, and whose tenant it serves" },
};

const char *next_step(const char *method, size_t length)
{
	for (size_t i = 0; i < sizeof next / sizeof *next; i++)
		if (strlen(next[i].method) == length && !memcmp(next[i].method, method, length))
			return next[i].look;
	return NULL;
}
