/* SPDX-License-Identifier: Apache-2.0 */
/* fstimes.c: every time that a file system keeps of a node, as an event of its own; NTFS's $STANDARD_INFORMATION and $FILE_NAME apart.
 * Hot path: some eight events a file (make bench, "events of file times"). */
#include <string.h>

#include "artifact/artifact.h"

static const struct { const char *kind, *desc, *verb; } times[NODE_TIMES] = {
	[NODE_MTIME] = { "fs:stat", "Content Modification Time", "modified " }, [NODE_ATIME] = { "fs:stat", "Last Access Time", "accessed " },
	[NODE_CTIME] = { "fs:stat", "Metadata Modification Time", "metadata changed " }, [NODE_CRTIME] = { "fs:stat", "Creation Time", "created " },
	[NODE_DTIME] = { "fs:stat", "Deletion Time", "deleted " },
	[NODE_FN_MTIME] = { "fs:file_name", "Content Modification Time", "name: modified " }, [NODE_FN_ATIME] = { "fs:file_name", "Last Access Time", "name: accessed " },
	[NODE_FN_CTIME] = { "fs:file_name", "Metadata Modification Time", "name: metadata changed " }, [NODE_FN_CRTIME] = { "fs:file_name", "Creation Time", "name: created " },
};

void fs_times_events(const struct node *n, struct parse *p)
{
	struct buffer message = { 0 };
	for (int i = 0; i < NODE_TIMES; i++) {
		struct record_builder r;
		if (n->time[i].state == TIME_UNSET || !parse_event(p, &r, &n->time[i], times[i].kind, times[i].desc, 0, 0))
			continue;
		if (n->path.length)
			record_text(&r, F_PATH, (const char *)n->path.bytes, n->path.length);
		if (n->has_allocated && !n->allocated)
			record_flag(&r, F_ALLOCATED, false);
		buffer_clear(&message);
		buffer_text(&message, times[i].verb);
		if (n->path.length)
			buffer_append(&message, n->path.bytes, n->path.length);
		else
			text_to_utf8(&message, n->name.bytes, n->name.length, TEXT_UTF8);
		parse_event_end(p, &r, (const char *)message.data, message.length);
	}
	buffer_free(&message);
}
