/* SPDX-License-Identifier: Apache-2.0 */
/* registry.c: registry hives: when each key was last written, and what the keys of registry.tsv tell.
 *
 * Which hive it is (SYSTEM, SOFTWARE, a user's ...) is told by the keys below its root, not by the file's name: copies, backups and carved hives have any name.
 * The reader is reader/regf.c; the times are those of the key cells ([MS-RRP] last write time), FILETIME. */
#include "artifact/windows/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/format.h"

enum { HIVE_BYTES_MAX = 1 << 30, NAME_BYTES = 64 };

static bool registry_probe(const uint8_t *head, size_t length, bool named)
{
	(void)named;
	if (length <= REGF_BASE_BLOCK + 32 || (memcmp(head, "regf", 4) != 0 && memcmp(head + REGF_BASE_BLOCK, "hbin\0\0\0\0", 8) != 0))
		return false;
	/* logs begin with a base block too */
	struct cursor c = cursor_of(head, length, 0);
	c.at = 28;
	uint32_t type = cursor_u32le(&c);
	return memcmp(head, "regf", 4) != 0 || type == 0 || memcmp(head + REGF_BASE_BLOCK, "hbin", 4) == 0;
}

/* ---- which hive */

static const struct { enum registry_hive kind; const char *first, *second, *prefix, *id, *name; } hives[] = {
	{ HIVE_SYSTEM, "Select", "ControlSet001", "HKLM\\SYSTEM", "win.reg_system", "SYSTEM" },
	{ HIVE_SYSTEM, "ControlSet001", NULL, "HKLM\\SYSTEM", "win.reg_system", "SYSTEM" },
	{ HIVE_NTUSER, "Software", NULL, "HKCU", "win.reg_ntuser", "NTUSER" },
	{ HIVE_NTUSER, "Control Panel", NULL, "HKCU", "win.reg_ntuser", "NTUSER" },
	{ HIVE_SAM, "SAM", NULL, "HKLM\\SAM", "win.reg_sam", "SAM" },
	{ HIVE_SECURITY, "Policy", NULL, "HKLM\\SECURITY", "win.reg_security", "SECURITY" },
	{ HIVE_SYSCACHE, "DefaultObjectStore", NULL, "Syscache", "win.syscache", "SYSCACHE" },
	{ HIVE_BCD, "Description", "Objects", "HKLM\\BCD00000000", "win.bcd", "BCD" },
	{ HIVE_COMPONENTS, "DerivedData", NULL, "HKLM\\COMPONENTS", "win.reg_default", "COMPONENTS" },
	{ HIVE_AMCACHE, "Root", NULL, "Amcache", "win.amcache", "AMCACHE" },
	{ HIVE_USRCLASS, "Local Settings", NULL, "HKCU\\Software\\Classes", "win.reg_usrclass", "USRCLASS" },
	{ HIVE_SOFTWARE, "Microsoft", NULL, "HKLM\\SOFTWARE", "win.reg_software", "SOFTWARE" },
	{ HIVE_USRCLASS, "CLSID", NULL, "HKCU\\Software\\Classes", "win.reg_usrclass", "USRCLASS" },
	{ HIVE_OTHER, NULL, NULL, "", "win.reg_default", "other" },
};

static size_t hive_row(struct regf *h)
{
	struct regf_key root, found;
	size_t i = 0;
	if (!regf_key_at(h, h->root, &root, false))
		return sizeof hives / sizeof *hives - 1;
	while (hives[i].first && (!regf_child(h, &root, hives[i].first, &found) || (hives[i].second && !regf_child(h, &root, hives[i].second, &found))))
		i++;
	return i;
}

/* ---- keys */

static void on_damage(void *owner, const char *class, const char *kind, uint64_t offset, uint64_t length, const char *message)
{
	struct registry *g = owner;
	report_error(g->parse->report, class, kind, NULL, offset, length, "%s", message);
}

static void key_path(struct registry *g, const struct regf_key *k)
{
	if (!k->depth) {
		buffer_clear(&g->path);
		g->path_length[0] = 0;
		return;
	}
	g->path.length = g->path_length[k->depth - 1];
	if (k->depth > 1)
		buffer_byte(&g->path, '\\');
	(void)regf_name(&g->path, k->name, k->name_length, k->name_latin1);
	if (k->depth <= REGF_DEPTH)
		g->path_length[k->depth] = g->path.length;
}

/* The event that every key gives. */
static void key_event(struct registry *g, const struct regf_key *k)
{
	struct parse *p = g->parse;
	struct timestamp t = time_from_filetime(k->written);
	const char *id = p->artifact_id;
	struct record_builder r;
	p->artifact_id = "reg.key";
	if (parse_event(p, &r, &t, "registry:key_written", "Content Modification Time", regf_offset(k->cell), k->cell_length)) {
		record_text(&r, F_PATH, (const char *)g->path.data, g->path.length);
		buffer_clear(&g->message);
		buffer_text(&g->message, g->prefix);
		if (g->path.length && *g->prefix)
			buffer_byte(&g->message, '\\');
		buffer_append(&g->message, g->path.data, g->path.length);
		parse_event_end(p, &r, (const char *)g->message.data, g->message.length);
	}
	p->artifact_id = id;
}

static void keys_walk(struct registry *g)
{
	struct regf_key k;
	regf_walk_start(&g->walk, &g->hive, g->hive.root);
	while (regf_walk_next(&g->walk, &k)) {
		g->keys++;
		key_path(g, &k);
		key_event(g, &k);
	}
	regf_walk_end(&g->walk);
}

static void artifact_record(struct registry *g, size_t row)
{
	struct parse *p = g->parse;
	struct record_builder r = record_begin(p->out, RECORD_ARTIFACT);
	record_string(&r, F_ARTIFACT_ID, p->artifact_id);
	record_number(&r, F_EVENTS, p->events);
	record_map(&r, F_DATA);
	value_string(&r, "hive", hives[row].name);
	if (g->hive.file_name)
		value_evidence_text(&r, "file_name", g->hive.file_name, text_utf16_length(g->hive.file_name, NAME_BYTES) * 2, TEXT_UTF16LE);
	value_string(&r, "state", regf_state_name(g->hive.state));
	value_number(&r, "primary_sequence", g->hive.primary);
	value_number(&r, "secondary_sequence", g->hive.secondary);
	value_number(&r, "log_entries_applied", g->hive.entries_applied);
	value_number(&r, "keys", g->keys);
	record_close(&r);
	record_end(&r);
}

static void registry_parse(struct parse *p)
{
	uint8_t *owned = NULL;
	const uint8_t *bytes = p->bytes;
	size_t length = p->length;
	if (!bytes) {
		if (p->source->size > HIVE_BYTES_MAX) {
			report_error(p->report, "limit", "regf.size", NULL, 0, 0, "a hive of %llu bytes: not read", (unsigned long long)p->source->size);
			return;
		}
		length = (size_t)p->source->size;
		bytes = owned = memory_array(length + 1, 1);
		length = source_read_at(p->source, 0, owned, length, &p->tainted);
	}
	struct registry *g = memory_new(sizeof *g);
	g->parse = p;
	if (regf_open(&g->hive, bytes, length, NULL, 0, g, on_damage)) {
		size_t row = hive_row(&g->hive);
		g->kind = hives[row].kind;
		g->prefix = hives[row].prefix;
		if (!p->node || !p->node->path.length)
			p->artifact_id = hives[row].id;
		keys_walk(g);
		artifact_record(g, row);
		regf_close(&g->hive);
	}
	buffer_free(&g->path);
	buffer_free(&g->message);
	buffer_free(&g->scratch);
	buffer_free(&g->text);
	free(g);
	free(owned);
}

const struct artifact_parser artifact_registry = {
	.id = "win.reg_system",
	.also = "win.reg_software|win.reg_sam|win.reg_security|win.reg_default|win.reg_ntuser|win.reg_usrclass|win.reg_regback|win.reg_msix|win.amcache|win.syscache|win.bcd|reg.*",
	.about = "Registry hives: when each key was last written, and what the known keys tell",
	.events = "registry:key_written",
	.attack = "T1112",
	.probe = registry_probe,
	.parse = registry_parse,
};
