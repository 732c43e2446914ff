/* SPDX-License-Identifier: Apache-2.0 */
/* fstimes.c: file-system times as events, one for each time that is set.
 *
 * Hot path: most events of a run come from here (eight a file on NTFS), so what is the same for all events of a node is made once and nothing is allocated
 * for an event. The message shows the path with the plain characters unescaped; `path` is the locator's own form. */
#include "artifact/artifact.h"

#include <string.h>

enum { VERB_MAX = 32, PATH_SHOWN_MAX = 32 * 1024 };

static const struct { const char *kind, *desc, *verb; } row[NODE_TIMES] = {
	[NODE_MTIME] = { "file_modified", "Content Modification Time", "modified " },
	[NODE_ATIME] = { "file_accessed", "Last Access Time", "accessed " },
	[NODE_CTIME] = { "file_changed", "Metadata Modification Time", "changed " },
	[NODE_CRTIME] = { "file_created", "Creation Time", "created " },
	[NODE_DTIME] = { "file_deleted", "Deletion Time", "deleted " },
	[NODE_FN_MTIME] = { "file_modified", "Content Modification Time ($FILE_NAME)", "modified ($FILE_NAME) " },
	[NODE_FN_ATIME] = { "file_accessed", "Last Access Time ($FILE_NAME)", "accessed ($FILE_NAME) " },
	[NODE_FN_CTIME] = { "file_mft_changed", "Metadata Modification Time ($FILE_NAME)", "changed ($FILE_NAME) " },
	[NODE_FN_CRTIME] = { "file_created", "Creation Time ($FILE_NAME)", "created ($FILE_NAME) " },
};

static int hex_digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes the escapes of printable ASCII but '%' and '/': what else is escaped stays so, and the result is UTF-8 and one line whatever it was. */
static size_t path_shown(const uint8_t *path, size_t length, char *to)
{
	size_t out = 0;
	for (size_t i = 0; i < length;) {
		const uint8_t *percent = memchr(path + i, '%', length - i);
		size_t plain = percent ? (size_t)(percent - (path + i)) : length - i;
		memcpy(to + out, path + i, plain);
		out += plain;
		i += plain;
		if (!percent)
			break;
		int high = length - i > 2 ? hex_digit(path[i + 1]) : -1, low = length - i > 2 ? hex_digit(path[i + 2]) : -1;
		int byte = high >= 0 && low >= 0 ? high << 4 | low : -1;
		if (byte >= 0x20 && byte < 0x7F && byte != '%' && byte != '/') {
			to[out++] = (char)byte;
			i += 3;
		} else {
			to[out++] = '%';
			i++;
		}
	}
	return out;
}

/* Signs that somebody set the times of $STANDARD_INFORMATION: it was made before its $FILE_NAME was, which the system alone writes; all its times are whole seconds and
 * those of $FILE_NAME are not. Installers and archives set times, too. */
static unsigned stomp_signs(const struct node *n, const char *sign[2])
{
	const struct timestamp *si = &n->time[NODE_CRTIME], *fn = &n->time[NODE_FN_CRTIME];
	unsigned signs = 0;
	if (si->state == TIME_VALID && fn->state == TIME_VALID && (si->seconds < fn->seconds || (si->seconds == fn->seconds && si->nanoseconds < fn->nanoseconds)))
		sign[signs++] = "si_before_fn";
	bool whole = si->state == TIME_VALID && si->nanoseconds == 0, fraction = fn->state == TIME_VALID && fn->nanoseconds != 0;
	for (unsigned i = NODE_MTIME; i <= NODE_CTIME && whole; i++)
		whole = n->time[i].state == TIME_VALID && n->time[i].nanoseconds == 0;
	if (whole && fraction)
		sign[signs++] = "whole_seconds";
	return signs;
}

void fs_times_events(const struct node *n, struct parse *p)
{
	char message[VERB_MAX + PATH_SHOWN_MAX] __attribute__((uninitialized));  /* the hardened build would zero it for each node */
	const struct node_text *path = n->path.length ? &n->path : &n->name;
	size_t length = path->length;
	bool plain = true;
	if (length > PATH_SHOWN_MAX) {
		length = PATH_SHOWN_MAX;
		while (length && (path->bytes[length] & 0xC0) == 0x80)
			length--;
	}
	size_t shown = 0;
	if (n->path.length) {
		shown = path_shown(path->bytes, length, message + VERB_MAX);
	} else if (text_is_utf8(path->bytes, length)) {
		if (length)                     /* a message has no name at all */
			memcpy(message + VERB_MAX, path->bytes, length);
		shown = length;
	} else {
		plain = false;                  /* a bare name, and no text: the name's own field keeps it */
	}
	bool ntfs = n->time[NODE_FN_CRTIME].state != TIME_UNSET;        /* nothing else has a second set of times */
	const char *stomped[2];
	unsigned signs = ntfs ? stomp_signs(n, stomped) : 0;
	struct record_builder r;
	for (unsigned i = 0; i < NODE_TIMES; i++) {
		const struct timestamp *t = &n->time[i];
		if (t->state == TIME_UNSET || !parse_event(p, &r, t, i == NODE_CTIME && ntfs ? "file_mft_changed" : row[i].kind, row[i].desc, 0, 0))
			continue;
		if (n->path.length)
			record_text(&r, F_PATH, (const char *)n->path.bytes, n->path.length);
		else if (n->name.length)
			record_evidence_text(&r, F_NAME, n->name.bytes, n->name.length, TEXT_UTF8);
		if (signs && i < NODE_FN_MTIME) {
			record_list(&r, F_FLAGS);
			for (unsigned k = 0; k < signs; k++)
				value_string(&r, NULL, stomped[k]);
			record_close(&r);
		}
		size_t verb = strlen(row[i].verb);
		char *from = message + VERB_MAX - verb;
		memcpy(from, row[i].verb, verb);
		parse_event_end(p, &r, from, verb + (plain ? shown : 0));
	}
}
