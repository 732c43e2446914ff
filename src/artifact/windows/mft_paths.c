/* SPDX-License-Identifier: Apache-2.0 */
/* mft_paths.c: one walk over the records of a $MFT, which lies beside the log that is read. What a reference of the log names is found by its number and sequence: an entry of another
 * sequence is another file. */
#include "artifact/windows/mft_paths.h"

#include <stdlib.h>

#include "format/fs/ntfs.h"

enum {
	WINDOW = 1 << 20,
	MFT_RECORDS_MOST = 1 << 26,     /* that are looked at */
	CLUSTER_LEAST = 512, CLUSTER_MOST = 2 << 20,
};

static void sequence_note(struct mft_paths *m, uint64_t number, uint16_t sequence)
{
	while (m->sequences <= number) {
		m->sequence = memory_room(m->sequence, m->sequences, &m->room, sizeof *m->sequence);
		m->sequence[m->sequences++] = 0;
	}
	m->sequence[number] = sequence;
}

/* Names of the record; DOS names where there is no other. */
static void names_learn(struct mft_paths *m, const struct ntfs_entry *e, uint64_t reference, bool wanted, struct usn_paths *paths)
{
	for (unsigned dos = 0, known = 0; dos < 2 && !known; dos++)
		for (size_t i = 0; i < e->attributes; i++) {
			const struct ntfs_attribute *x = &e->attribute[i];
			struct ntfs_file_name f;
			if (x->type != NTFS_FILE_NAME || !x->resident || !ntfs_file_name_parse(x->value, x->value_length, &f) || (f.name_space == NTFS_NAMESPACE_DOS) != dos ||
			    !(wanted || e->flags & NTFS_DIRECTORY || f.flags >> 28 & 1))
				continue;
			usn_paths_set(paths, reference, f.parent, f.name, f.name_units);
			m->names++;
			known = 1;
		}
}

/* Record 0 is the $MFT's own: its content takes whole clusters. Where it lies in several pieces their ends are elsewhere. */
static void cluster_size_learn(struct mft_paths *m, const struct ntfs_entry *e)
{
	const struct ntfs_attribute *data = ntfs_attribute_find(e, NTFS_DATA, NULL);
	if (!data || data->resident || data->first_vcn || data->last_vcn >= UINT32_MAX || ntfs_attribute_find(e, NTFS_ATTRIBUTE_LIST, NULL))
		return;
	uint64_t size = data->allocated / (data->last_vcn + 1);
	if (size >= CLUSTER_LEAST && size <= CLUSTER_MOST && !(size & (size - 1)) && size * (data->last_vcn + 1) == data->allocated)
		m->cluster_size = (uint32_t)size;
}

static void record_learn(struct mft_paths *m, uint8_t *record, uint64_t number, const struct number_set *files, struct usn_paths *paths, struct arena *a)
{
	struct ntfs_entry e = { .number = number };
	if (ntfs_record_fix(record, m->record_size) == NTFS_RECORD_NONE)
		return;
	ntfs_record_parse(record, m->record_size, &e, a);
	uint64_t reference = e.base;
	if (!ntfs_reference_record(e.base)) {
		reference = number | (uint64_t)ntfs_entry_sequence(&e) << 48;
		sequence_note(m, number, ntfs_entry_sequence(&e));
	}
	names_learn(m, &e, reference, files && number_set_has(files, ntfs_reference_record(reference)), paths);
}

bool mft_paths_open(struct mft_paths *m, struct parse *p)
{
	struct source *mft = p->companion ? p->companion[COMPANION_MFT] : NULL;
	uint8_t *head = memory_new(2 * NTFS_RECORD_MAX);
	size_t have = mft ? source_read_at(mft, 0, head, 2 * NTFS_RECORD_MAX, NULL) : 0;
	struct ntfs_entry e = { 0 };
	struct arena a = { 0 };
	m->record_size = ntfs_mft_record_size(head, have);
	if (m->record_size && ntfs_record_fix(head, m->record_size) != NTFS_RECORD_NONE) {
		ntfs_record_parse(head, m->record_size, &e, &a);
		cluster_size_learn(m, &e);
	}
	arena_free(&a);
	free(head);
	return m->record_size;
}

bool mft_paths_learn(struct mft_paths *m, struct parse *p, const char *kind, const struct number_set *files, struct usn_paths *paths)
{
	struct source *mft = p->companion ? p->companion[COMPANION_MFT] : NULL;
	if (!mft)
		return false;
	if (!m->record_size)
		(void)mft_paths_open(m, p);
	size_t have, size = m->record_size;
	uint8_t *window = memory_new(WINDOW);
	uint64_t records = size ? mft->size / size : 0;
	if (!size)
		report_note(p->report, kind, NULL, 0, 0, "the $MFT of this volume makes no sense: paths come of the log alone");
	if (records > MFT_RECORDS_MOST) {
		report_error(p->report, "limit", kind, NULL, 0, 0, "the $MFT has %llu records; folders behind the first %d are known by the log alone", (unsigned long long)records, MFT_RECORDS_MOST);
		records = MFT_RECORDS_MOST;
	}
	struct arena a = { 0 };
	for (uint64_t first = 0, count; first < records; first += count) {
		count = records - first < WINDOW / size ? records - first : WINDOW / size;
		have = source_read_at(mft, first * size, window, (size_t)count * size, NULL);
		for (size_t i = 0; (i + 1) * size <= have; i++) {
			record_learn(m, window + i * size, first + i, files, paths, &a);
			arena_reset(&a);
		}
		if (p->report && p->report->step)
			(void)p->report->step(p->report, first);
	}
	arena_free(&a);
	free(window);
	return size;
}

bool mft_paths_stale(const struct mft_paths *m, uint64_t reference)
{
	uint64_t number = ntfs_reference_record(reference);
	return number < m->sequences && m->sequence[number] && m->sequence[number] != ntfs_reference_sequence(reference);
}

void mft_paths_free(struct mft_paths *m)
{
	free(m->sequence);
	*m = (struct mft_paths){ 0 };
}
