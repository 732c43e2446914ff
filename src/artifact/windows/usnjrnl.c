/* SPDX-License-Identifier: Apache-2.0 */
/* usnjrnl.c: the change journal of NTFS ($Extend\$UsnJrnl:$J): which file was made, written, renamed or deleted, and when; often weeks after the file is gone.
 *
 * Source: Microsoft, USN_RECORD_V2, _V3, _V4; libyal/libfusn. The stream begins with a hole of many gigabytes, which is skipped by its extents. Records are
 * multiples of 8 bytes and never cross a page of 4,096; the rest of a page is zero. Pieces of a journal (carved pages, a cut stream) are read alike: what
 * is no record is passed over in steps of 8 bytes and told.
 *
 * A record names the file and its folder by reference. Its path is that of its time: a first pass learns the last name and folder of each
 * reference, then the records are read from the newest to the oldest and each tells what was true before, so a file in a folder that was renamed or deleted
 * later stands under the old name. Where the journal lies in its volume, folders that it never tells of come from the $MFT: their names are those at the end, which the journal's
 * renames then undo. An entry of another sequence is another file: a folder whose entry was used again since is told as such (stale_parent). Events come newest first. V4 records (ranges that were written) have neither name nor time: they get those of the record of
 * the same file before them. */
#include "artifact/artifact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "artifact/windows/mft_paths.h"
#include "artifact/windows/usn_record.h"
#include "base/text.h"
#include "format/format.h"
#include "format/fs/ntfs.h"

enum {
	WINDOW = 1 << 20,               /* read at a time; a record is smaller by far */
	LOOK_BACK = 256,                /* records among which a V4 finds its file */
};

struct journal {
	struct parse *p;
	struct usn_paths *paths;
	uint8_t *window;
	uint64_t *first; size_t firsts, capacity;       /* where the records of each window begin */
	struct usn_record *record; size_t room;         /* of the window in hand */
	uint64_t given, damaged_bytes, lost_paths, stale_parents;
	struct mft_paths mft;                           /* of the volume */
	uint64_t counts[5];                             /* by version */
};

/* Calls `found` for each record of [at, end) whose first byte lies before `limit`; returns where the next window begins. What is neither record nor zero is told when `tell`. */
static uint64_t window_walk(struct journal *j, uint64_t at, uint64_t limit, bool tell, void (*found)(struct journal *j, const struct usn_record *u))
{
	struct parse *p = j->p;
	uint64_t end = p->source->size, begin = at;
	size_t have = (size_t)(end - at < WINDOW + USN_RECORD_MOST ? end - at : WINDOW + USN_RECORD_MOST);
	have = source_read_at(p->source, at, j->window, have, &p->tainted);
	uint64_t wreck = 0, wreck_at = 0;
	while (at < limit && at - begin + 8 <= have) {
		struct usn_record u;
		const uint8_t *here = j->window + (at - begin);
		static const uint8_t zero[8];
		bool nothing = memcmp(here, zero, 8) == 0;
		if (!nothing && usn_record_read(here, have - (size_t)(at - begin), at, &u)) {
			found(j, &u);
			at += u.length;
			nothing = true;
		} else if (!nothing) {
			wreck_at = wreck ? wreck_at : at;
			wreck += 8;
			at += 8;
		} else {
			at += 8;
		}
		if (nothing && wreck) {
			if (tell)
				report_error(p->report, "damage", "usn.record", NULL, wreck_at, at - wreck_at > wreck ? wreck : at - wreck_at, "%llu bytes that are no journal record", (unsigned long long)wreck);
			j->damaged_bytes += tell ? wreck : 0;
			wreck = 0;
		}
	}
	if (wreck && tell) {
		report_error(p->report, "damage", "usn.record", NULL, wreck_at, wreck, "%llu bytes that are no journal record", (unsigned long long)wreck);
		j->damaged_bytes += wreck;
	}
	return at;
}

/* From now on, in the direction of reading, the file has this name. A V4 record has none. */
static void learn(struct journal *j, const struct usn_record *u)
{
	if (u->version != 4)
		usn_paths_set(j->paths, u->reference, u->parent, u->name, u->name_units);
}

static void count(struct journal *j, const struct usn_record *u)
{
	j->counts[u->version]++;
	learn(j, u);
}

static void keep(struct journal *j, const struct usn_record *u)
{
	if (j->given == j->room) {
		j->room = j->room ? 2 * j->room : 4096;
		j->record = memory_resize(j->record, j->room, sizeof *j->record);
	}
	j->record[j->given++] = *u;
}

/* For a V4: the record of the same file before it, in its window. */
static const struct usn_record *file_of(const struct journal *j, size_t index)
{
	const struct usn_record *u = &j->record[index];
	for (size_t i = index; i-- > 0 && index - i <= LOOK_BACK;)
		if (j->record[i].version != 4 && j->record[i].reference == u->reference && j->record[i].reference_high == u->reference_high)
			return &j->record[i];
	return NULL;
}

static void event_write(struct journal *j, size_t index)
{
	struct parse *p = j->p;
	const struct usn_record *u = &j->record[index], *file = u->version == 4 ? file_of(j, index) : u;
	if (!file) {
		report_note(p->report, "usn.ranges", NULL, u->offset, u->length, "ranges of entry %llu-%u were written; no record before it names the file or the time",
		            (unsigned long long)(u->reference & UINT64_C(0xffffffffffff)), (unsigned)(u->reference >> 48));
		return;
	}
	struct buffer path = { 0 }, message = { 0 };
	uint64_t lost;
	bool whole = usn_paths_of(j->paths, file->parent, file->name, file->name_units, &path, &lost), stale = lost && mft_paths_stale(&j->mft, lost);
	j->lost_paths += !whole;
	j->stale_parents += stale;
	struct record_builder r;
	if (parse_event(p, &r, &file->time, "fs_change", "Metadata Modification Time", u->offset, u->length)) {
		record_text(&r, F_PATH, (const char *)path.data, path.length);
		record_map(&r, F_DATA);
		value_evidence_text(&r, "name", file->name, file->name_units * 2, TEXT_UTF16LE);
		(void)text_to_utf8(&message, file->name, file->name_units * 2, TEXT_UTF16LE);
		usn_reasons_value(&r, u->reason, &message);
		value_big(&r, "usn", u->usn);
		usn_reference_value(&r, "reference", u->reference, u->reference_high);
		usn_reference_value(&r, "parent", file->parent, 0);
		value_number(&r, "attributes", file->attributes);
		if (u->source_info)
			value_number(&r, "source", u->source_info);
		value_number(&r, "version", u->version);
		if (!whole)
			value_flag(&r, "path_incomplete", true);
		if (stale) {
			usn_reference_value(&r, "stale_parent", lost, 0);
			value_number(&r, "stale_parent_sequence_now", j->mft.sequence[ntfs_reference_record(lost)]);
		}
		record_close(&r);
		parse_event_end(p, &r, (const char *)message.data, message.length);
	}
	buffer_free(&path);
	buffer_free(&message);
}

/* The first byte that no hole covers. */
static uint64_t data_begin(const struct parse *p)
{
	uint64_t at = 0;
	if (p->node->content != CONTENT_EXTENTS)
		return 0;
	for (size_t i = 0; i < p->node->extents && p->node->extent[i].kind == EXTENT_ZERO; i++)
		at += p->node->extent[i].length;
	return at < p->source->size ? at & ~UINT64_C(7) : 0;
}

static void usnjrnl_parse(struct parse *p)
{
	struct journal j = { .p = p, .paths = usn_paths_new(), .window = memory_new(WINDOW + USN_RECORD_MOST) };
	for (uint64_t at = data_begin(p); at + 8 <= p->source->size;) {
		if (j.firsts == j.capacity) {
			j.capacity = j.capacity ? 2 * j.capacity : 64;
			j.first = memory_resize(j.first, j.capacity, sizeof *j.first);
		}
		j.first[j.firsts++] = at;
		at = window_walk(&j, at, at + WINDOW, true, count);
	}
	(void)mft_paths_learn(&j.mft, p, "usn.mft", NULL, j.paths);
	for (size_t i = j.firsts; i-- > 0;) {
		j.given = 0;
		(void)window_walk(&j, j.first[i], i + 1 < j.firsts ? j.first[i + 1] : p->source->size, false, keep);
		for (size_t k = j.given; k-- > 0;) {
			event_write(&j, k);
			learn(&j, &j.record[k]);
		}
	}
	struct record_builder r = record_begin(p->out, RECORD_ARTIFACT);
	record_string(&r, F_ARTIFACT_ID, p->artifact_id);
	record_number(&r, F_EVENTS, p->events);
	record_map(&r, F_DATA);
	value_number(&r, "records_v2", j.counts[2]);
	value_number(&r, "records_v3", j.counts[3]);
	value_number(&r, "records_v4", j.counts[4]);
	value_number(&r, "damaged_bytes", j.damaged_bytes);
	value_number(&r, "paths_incomplete", j.lost_paths);
	if (p->companion && p->companion[COMPANION_MFT]) {
		value_number(&r, "folders_of_mft", j.mft.names);
		value_number(&r, "stale_parents", j.stale_parents);
	}
	record_close(&r);
	record_end(&r);
	mft_paths_free(&j.mft);
	free(j.first);
	free(j.record);
	free(j.window);
	usn_paths_free(j.paths);
}

static bool usnjrnl_probe(const uint8_t *head, size_t length, bool named)
{
	struct usn_record u;
	if (named)
		return true;
	return usn_record_read(head, length, 0, &u) && u.version != 4 && u.time.state == TIME_VALID && u.time.seconds > 946684800 && u.time.seconds < 4102444800 && u.reason;
}

const struct artifact_parser artifact_usnjrnl = {
	.id = "win.usnjrnl",
	.about = "Change journal ($UsnJrnl:$J): files made, written, renamed, deleted, with the paths of that time",
	.events = "fs_change",
	.attack = "T1070.004",
	.mft = true,
	.probe = usnjrnl_probe,
	.parse = usnjrnl_parse,
};
