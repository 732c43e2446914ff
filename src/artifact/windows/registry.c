/* SPDX-License-Identifier: Apache-2.0 */
/* registry.c: registry hives: when each key was last written, and what the keys of registry.tsv tell.
 *
 * Which hive it is (SYSTEM, SOFTWARE, a user's ...) is told by the keys below its root, not by the file's name: copies, backups and carved hives have any name.
 * The reader is reader/regf.c; the times are those of the key cells ([MS-RRP] last write time), FILETIME. */
#include "artifact/windows/registry_decoders.h"

#include <stdlib.h>
#include <string.h>


enum { HIVE_BYTES_MAX = 1 << 30, LOG_BYTES_MAX = 256 << 20, NAME_BYTES = 64, DELETED_VALUES_MAX = 20000 };

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

/* ---- which rows a key is for
 *
 * All patterns of the hive's kind go down the tree together: a state is a pattern and how many of its levels have been passed. Each depth keeps the states that its
 * key reached; below most keys there are none, so that a key costs nothing there. */

enum { LEVELS_MAX = 24 };

struct pattern { const struct registry_row *row; unsigned levels; struct { const char *text; uint16_t length; bool wild, any; } level[LEVELS_MAX]; };
struct reached { uint16_t pattern; uint8_t level; };

struct registry_match {
	struct pattern *pattern; size_t patterns;
	struct reached *reached; size_t count, capacity;
	size_t begin[REGF_DEPTH + 3];           /* of each depth's states; those of depth d end where d + 1 begin */
	const struct registry_row *row[32]; size_t rows;        /* that the key in hand is for */
};

static void reached_add(struct registry_match *m, size_t from, uint16_t pattern, uint8_t level)
{
	for (size_t i = from; i < m->count; i++)
		if (m->reached[i].pattern == pattern && m->reached[i].level == level)
			return;
	if (m->count == m->capacity) {
		m->capacity = m->capacity ? 2 * m->capacity : 1024;
		m->reached = memory_resize(m->reached, m->capacity, sizeof *m->reached);
	}
	m->reached[m->count++] = (struct reached){ pattern, level };
	/* "**" is no level at all as well */
	const struct pattern *p = &m->pattern[pattern];
	if (level < p->levels && p->level[level].any)
		reached_add(m, from, pattern, (uint8_t)(level + 1));
}

static void match_open(struct registry *g)
{
	struct registry_match *m = g->match = memory_new(sizeof *m);
	const char *only = g->parse->only && !strncmp(g->parse->only, "reg.", 4) ? g->parse->only : NULL;
	for (const struct registry_row *row = registry_rows; row->id; row++) {
		if (!(row->hives >> g->kind & 1) || (only && strcmp(only, row->id) != 0))
			continue;
		for (const char *at = row->keys; *at;) {
			size_t n = strcspn(at, ";");
			m->pattern = memory_resize(m->pattern, m->patterns + 1, sizeof *m->pattern);
			struct pattern *p = &m->pattern[m->patterns++];
			*p = (struct pattern){ .row = row };
			for (const char *level = at, *end = at + n; level < end && p->levels < LEVELS_MAX;) {
				const char *slash = memchr(level, '\\', (size_t)(end - level));
				size_t length = slash ? (size_t)(slash - level) : (size_t)(end - level);
				p->level[p->levels].text = level;
				p->level[p->levels].length = (uint16_t)length;
				p->level[p->levels].any = length == 2 && !memcmp(level, "**", 2);
				p->level[p->levels++].wild = memchr(level, '*', length) != NULL;
				level += length + (slash != NULL);
			}
			at += n + (at[n] == ';');
		}
	}
	m->begin[0] = 0;
	for (size_t i = 0; i < m->patterns; i++)
		reached_add(m, 0, (uint16_t)i, 0);
	m->begin[1] = m->count;
}

static void match_close(struct registry *g)
{
	free(g->match->pattern);
	free(g->match->reached);
	free(g->match);
	g->match = NULL;
}

/* States at the depth of a key of this name, from those of the depth above; the rows whose patterns end here. */
static void match_key(struct registry *g, unsigned depth, const char *name, size_t length)
{
	struct registry_match *m = g->match;
	m->rows = 0;
	if (!depth)
		return;
	size_t from = m->begin[depth - 1], to = m->begin[depth];
	m->count = to;
	if (to > from) {
		bool mirror = text_equal_nocase(name, length, "Wow6432Node", 11) && (g->kind == HIVE_SOFTWARE || g->kind == HIVE_NTUSER || g->kind == HIVE_USRCLASS);
		for (size_t i = from; i < to; i++) {
			struct reached s = m->reached[i];
			const struct pattern *p = &m->pattern[s.pattern];
			if (mirror)
				reached_add(m, to, s.pattern, s.level);
			if (s.level >= p->levels)
				continue;
			if (p->level[s.level].any)
				reached_add(m, to, s.pattern, s.level);
			else if (p->level[s.level].wild ? registry_name_like(p->level[s.level].text, p->level[s.level].length, name, length)
				 : text_equal_nocase(name, length, p->level[s.level].text, p->level[s.level].length))
				reached_add(m, to, s.pattern, (uint8_t)(s.level + 1));
		}
		for (size_t i = to; i < m->count; i++) {
			const struct pattern *p = &m->pattern[m->reached[i].pattern];
			size_t k = 0;
			if (m->reached[i].level != p->levels)
				continue;
			while (k < m->rows && m->row[k] != p->row)
				k++;
			if (k == m->rows && m->rows < sizeof m->row / sizeof *m->row)
				m->row[m->rows++] = p->row;
		}
		/* Wow6432Node itself is no key of interest */
		if (mirror)
			m->rows = 0;
	}
	m->begin[depth + 1] = m->count;
}

/* ---- keys */

static void on_damage(void *owner, const char *class, const char *kind, uint64_t offset, uint64_t length, const char *message)
{
	struct registry *g = owner;
	report_error(g->parse->report, class, kind, NULL, offset, length, "%s", message);
}

static void key_path(struct registry *g, const struct regf_key *k)
{
	size_t above = k->depth ? g->path_length[k->depth - 1] : 0, start = above;
	g->path.length = above;
	if (k->depth > 1) {
		buffer_byte(&g->path, '\\');
		start++;
	}
	if (k->depth)
		(void)regf_name(&g->path, k->name, k->name_length, k->name_latin1);
	g->path_length[k->depth] = g->path.length;
	size_t parent = k->depth > 2 ? g->path_length[k->depth - 2] + 1 : 0;
	(void)buffer_string(&g->path);
	g->key_name = (const char *)g->path.data + start;
	g->key_name_length = g->path.length - start;
	g->parent_name = (const char *)g->path.data + parent;
	g->parent_name_length = k->depth > 1 ? above - parent : 0;
}

/* The event that every key gives. */
static void key_event(struct registry *g)
{
	struct parse *p = g->parse;
	struct timestamp t = time_from_filetime(g->key.written);
	const char *id = p->artifact_id;
	struct record_builder r;
	p->artifact_id = "reg.key";
	if (parse_event(p, &r, &t, "reg_key_written", "Content Modification Time", regf_offset(g->key.cell), g->key.cell_length)) {
		record_text(&r, F_PATH, (const char *)g->path.data, g->path.length);
		if (g->user_length)
			record_evidence_text(&r, F_USER, g->user, g->user_length, TEXT_UTF8);
		if (g->deleted) {
			if (!(p->node && p->node->has_allocated && !p->node->allocated))
				record_flag(&r, F_ALLOCATED, false);
			record_map(&r, F_DATA);
			value_string(&r, "path_confidence", g->confidence);
			record_close(&r);
		}
		buffer_clear(&g->message);
		buffer_text(&g->message, g->prefix);
		if (g->path.length && *g->prefix)
			buffer_byte(&g->message, '\\');
		buffer_append(&g->message, g->path.data, g->path.length);
		if (g->deleted)
			buffer_text(&g->message, " (deleted)");
		parse_event_end(p, &r, (const char *)g->message.data, g->message.length);
	}
	p->artifact_id = id;
}

static void values_load(struct registry *g)
{
	struct regf *h = &g->hive;
	uint32_t n = regf_values(h, &g->key);
	g->all = arena_array(&g->arena, n ? n : 1, sizeof *g->all);
	g->all_count = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct regf_value v;
		bool overwritten = false;
		if (g->recovery ? !regf_deleted_value_at(g->recovery, &g->key, i, &v, &overwritten) || overwritten : !regf_value_at(h, &g->key, i, &v))
			continue;
		struct registry_value *to = &g->all[g->all_count++];
		const uint8_t *data;
		buffer_clear(&g->text);
		(void)regf_name(&g->text, v.name, v.name_length, v.name_latin1);
		if (!v.name_length)
			buffer_text(&g->text, "(default)");
		to->name = arena_copy(&g->arena, g->text.data, g->text.length);
		to->name_length = g->text.length;
		to->raw_name = v.name;
		to->raw_name_length = v.name_length;
		to->name_latin1 = v.name_latin1;
		to->type = v.type;
		to->whole = regf_data(h, &v, &g->scratch, &data, &to->length, &to->offset);
		to->data = data == g->scratch.data && to->length ? arena_copy(&g->arena, data, to->length) : data;
	}
	g->all_values += g->all_count;
	g->loaded = true;
}

/* The row says what the bytes of a value hold whose type does not. */
static void value_form(struct registry_value *v, const char *form, size_t length)
{
	enum { HEADER = 8 };    /* UNICODE_STRING: two lengths of bytes, an offset */
	static const struct { const char *name; enum registry_form form; uint32_t type; size_t skip; } rows[] = {
		{ "utf16", FORM_OF_TYPE, REGF_SZ, 0 }, { "utf16list", FORM_OF_TYPE, REGF_MULTI_SZ, 0 }, { "unicode", FORM_OF_TYPE, REGF_SZ, HEADER },
		{ "utf8", FORM_UTF8, REGF_BINARY, 0 }, { "sid", FORM_SID, REGF_BINARY, 0 },
	};
	if (!v->length || (v->type != REGF_BINARY && v->type != REGF_NOTHING))
		return;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strlen(rows[i].name) == length && !memcmp(rows[i].name, form, length) && v->length >= rows[i].skip) {
			v->form = rows[i].form;
			v->type = rows[i].type;
			v->data += rows[i].skip;
			v->length -= rows[i].skip;
			v->offset += rows[i].skip;
		}
}

/* What the row takes of the key's values, in their order. */
static void values_choose(struct registry *g)
{
	g->value = arena_array(&g->arena, g->all_count ? g->all_count : 1, sizeof *g->value);
	g->values = 0;
	for (size_t i = 0; i < g->all_count; i++)
		for (const char *at = g->row->values; *at;) {
			size_t n = strcspn(at, ";");
			const char *sign = memchr(at, '@', n), *equals = sign ? memchr(sign, '=', n - (size_t)(sign - at)) : NULL;
			if (registry_name_like(at, sign ? (size_t)(sign - at) : n, g->all[i].name, g->all[i].name_length)) {
				struct registry_value *v = &g->value[g->values++];
				*v = g->all[i];
				if (equals) {
					v->time_format = sign + 1;
					v->time_format_length = (size_t)(equals - sign - 1);
					v->time_desc = equals + 1;
					v->time_desc_length = (size_t)(at + n - equals - 1);
				} else if (sign) {
					value_form(v, sign + 1, (size_t)(at + n - sign - 1));
				}
				break;
			}
			at += n + (at[n] == ';');
		}
}

const struct registry_decoder_row registry_decoders[] = {
	{ "key", registry_decode_key }, { "each", registry_decode_each }, { "times", registry_decode_times },
	{ "shimcache", registry_decode_shimcache }, { "userassist", registry_decode_userassist }, { "bam", registry_decode_bam },
	{ "mru", registry_decode_mru }, { "mruitems", registry_decode_mruitems }, { "mruprogram", registry_decode_mruprogram },
	{ "numbered", registry_decode_numbered }, { "shellbag", registry_decode_shellbag }, { "officemru", registry_decode_officemru },
	{ "trustrecord", registry_decode_trustrecord }, { "typedurls", registry_decode_typedurls }, { "samuser", registry_decode_samuser },
	{ "samname", registry_decode_samname }, { "samgroup", registry_decode_samgroup }, { "profile", registry_decode_profile },
	{ "devicetimes", registry_decode_devicetimes }, { "mounteddevices", registry_decode_mounteddevices }, { "startupapproved", registry_decode_startupapproved },
	{ "task", registry_decode_task }, { "tasktree", registry_decode_tasktree }, { "screenconnect", registry_decode_screenconnect },
	{ 0 }
};

static void key_decode(struct registry *g)
{
	struct registry_match *m = g->match;
	for (size_t i = 0; i < m->rows; i++) {
		if (!g->loaded)
			values_load(g);
		g->row = m->row[i];
		values_choose(g);
		for (const struct registry_decoder_row *d = registry_decoders; d->name && (g->values || g->row->bare); d++)
			if (!strcmp(d->name, g->row->decoder)) {
				d->decode(g);
				break;
			}
	}
}

/* One key: its own event, and what the rows for it tell. */
static void key_done(struct registry *g, bool base_events)
{
	g->loaded = false;
	key_path(g, &g->key);
	match_key(g, g->key.depth, g->key_name, g->key_name_length);
	if (base_events)
		key_event(g);
	if (g->match->rows) {
		key_decode(g);
		arena_reset(&g->arena);
	}
}

static void deleted_walk(struct registry *g, bool base_events);

static void keys_walk(struct registry *g)
{
	const char *only = g->parse->only;
	bool base_events = !only || strncmp(only, "reg.", 4) != 0 || !strcmp(only, "reg.key");
	struct regf_walk w;
	regf_walk_start(&w, &g->hive, g->hive.root);
	while (regf_walk_next(&w, &g->key)) {
		g->keys++;
		key_done(g, base_events);
	}
	regf_walk_end(&w);
	deleted_walk(g, base_events);
}

/* ---- what was deleted */

static bool name_above(struct registry *g, const struct regf_key *k, struct regf_key *parent)
{
	return !(k->flags & REGF_ROOT) && regf_key_at(&g->hive, k->parent, parent, false);
}

/* The way to a recovered key: by its parents, as long as they lead up. How sure it is: "full" when all of them are alive and old enough. */
static void recovered_path(struct registry *g)
{
	struct regf_key chain[2], *k = &g->key;
	uint32_t *cell = arena_array(&g->arena, REGF_DEPTH, sizeof *cell);
	unsigned n = 0;
	bool rooted = false;
	g->confidence = "full";
	for (chain[0] = *k; n < REGF_DEPTH - 1 && name_above(g, &chain[0], &chain[1]); chain[0] = chain[1]) {
		if (!regf_deleted_used(g->recovery, chain[1].cell))
			g->confidence = "partial";
		if (chain[1].cell == g->hive.root) {
			rooted = true;
			break;
		}
		bool again = false;
		for (unsigned i = 0; i < n; i++)
			again |= cell[i] == chain[1].cell;
		if (again)
			break;
		cell[n++] = chain[1].cell;
	}
	g->path.length = 0;
	unsigned depth = 0;
	if (!rooted) {
		g->confidence = "partial";
		buffer_text(&g->path, "?");
		g->path_length[++depth] = g->path.length;
	}
	while (n) {
		struct regf_key above;
		if (!regf_key_at(&g->hive, cell[--n], &above, false))
			continue;
		if (g->path.length)
			buffer_byte(&g->path, '\\');
		(void)regf_name(&g->path, above.name, above.name_length, above.name_latin1);
		g->path_length[++depth] = g->path.length;
	}
	g->path_length[0] = 0;
	k->depth = depth + 1 < REGF_DEPTH ? depth + 1 : REGF_DEPTH - 1;
	key_path(g, k);
	/* which rows: the same way down, name by name */
	for (unsigned d = 1; d <= k->depth; d++) {
		size_t from = d > 1 ? g->path_length[d - 1] + 1 : 0, to = g->path_length[d];
		match_key(g, d, (const char *)g->path.data + from, to > from ? to - from : 0);
	}
	if (!rooted)
		g->match->rows = 0;
}

static void value_note(struct registry *g, const struct regf_value *v, bool overwritten)
{
	struct parse *p = g->parse;
	struct registry_value show = { .type = v->type };
	struct record_builder r = record_begin(p->out, RECORD_NOTE);
	buffer_clear(&g->text);
	(void)regf_name(&g->text, v->name, v->name_length, v->name_latin1);
	if (!v->name_length)
		buffer_text(&g->text, "(default)");
	show.name = arena_copy(&g->arena, g->text.data, g->text.length);
	show.name_length = g->text.length;
	record_string(&r, F_KIND, "registry.deleted_value");
	if (p->locator_length)
		record_text(&r, F_LOCATOR, p->locator, p->locator_length);
	record_number(&r, F_OFFSET, regf_offset(v->cell));
	record_number(&r, F_LENGTH, v->cell_length);
	record_map(&r, F_DATA);
	value_text(&r, "name", show.name, show.name_length);
	value_number(&r, "value_type", v->type);
	value_number(&r, "size", v->size);
	buffer_clear(&g->message);
	buffer_text(&g->message, "a deleted value of an unknown key: ");
	buffer_append(&g->message, show.name, show.name_length);
	if (overwritten) {
		value_flag(&r, "data_overwritten", true);
	} else if (regf_data(&g->hive, v, &g->scratch, &show.data, &show.length, &show.offset)) {
		registry_value_put(g, &r, "value", &show);
		buffer_text(&g->message, " = ");
		registry_value_text(g, &g->message, &show);
	}
	record_close(&r);
	record_text(&r, F_MESSAGE_TEXT, (const char *)g->message.data, g->message.length);
	record_end(&r);
	if (p->flush && p->out->length >= 65536)
		p->flush(p);
}

static void deleted_walk(struct registry *g, bool base_events)
{
	struct regf_deleted d;
	struct regf_value v;
	bool overwritten;
	regf_damage damage = g->hive.damage;
	regf_deleted_start(&d, &g->hive);
	if (d.foreign)
		report_note(g->parse->report, "registry.foreign_bins", NULL, d.foreign_at, d.foreign, "%llu bytes behind the hive's end are bins of another hive: their keys are not told as this one's", (unsigned long long)d.foreign);
	g->hive.damage = NULL;                  /* what lies in free cells may be anything: that is no damage */
	g->hive.data_left = (uint64_t)g->hive.size + REGF_DATA_MAX;
	g->recovery = &d;
	g->deleted = true;
	while (regf_deleted_key(&d, &g->key)) {
		g->recovered_keys++;
		g->loaded = false;
		recovered_path(g);
		if (base_events)
			key_event(g);
		values_load(g);                 /* takes its values, so that they are not told as nobody's */
		g->recovered_values += g->all_count;
		key_decode(g);
		arena_reset(&g->arena);
	}
	while (regf_deleted_value(&d, &v, &overwritten)) {
		if (base_events && g->recovered_values < DELETED_VALUES_MAX)
			value_note(g, &v, overwritten);
		g->recovered_values++;
		arena_reset(&g->arena);
	}
	if (g->recovered_values > DELETED_VALUES_MAX)
		report_error(g->parse->report, "limit", "regf.deleted", NULL, 0, 0, "%llu deleted values: those behind the first %d are not told", (unsigned long long)g->recovered_values, DELETED_VALUES_MAX);
	g->hive.damage = damage;
	g->deleted = false;
	g->recovery = NULL;
	regf_deleted_end(&d);
}

/* The account's folder in the path of the file, or in the name that the base block kept. */
static void owner_find(struct registry *g)
{
	static const char *const homes[] = { "/Users/", "/Documents and Settings/", "/ServiceProfiles/", "/Documents%20and%20Settings/" };
	const struct node *n = g->parse->node;
	if ((g->kind != HIVE_NTUSER && g->kind != HIVE_USRCLASS) || !n || !n->path.length)
		return;
	const char *path = (const char *)n->path.bytes, *end = path + n->path.length;
	for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
		size_t home = strlen(homes[i]);
		for (const char *at = path; end - at > (ptrdiff_t)home; at++)
			if (text_equal_nocase(at, home, homes[i], home)) {
				const char *slash = memchr(at + home, '/', (size_t)(end - at) - home);
				if (!slash)
					return;
				g->user = at + home;
				g->user_length = (size_t)(slash - g->user);
				struct buffer name = { 0 };
				if (locator_unescape(&name, g->user, g->user_length)) {
					g->user = arena_copy(g->parse->arena, name.data, name.length);
					g->user_length = name.length;
				}
				buffer_free(&name);
				return;
			}
	}
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
	value_number(&r, "deleted_keys", g->recovered_keys);
	value_number(&r, "deleted_values", g->recovered_values);
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
	struct regf_log log[COMPANIONS];
	uint8_t *log_bytes[COMPANIONS] = { 0 };
	size_t logs = 0;
	for (unsigned i = COMPANION_LOG1; i <= COMPANION_LOG && p->companion; i++) {
		struct source *s = p->companion[i];
		if (!s || !s->size || s->size > LOG_BYTES_MAX)
			continue;
		log_bytes[i] = memory_array((size_t)s->size, 1);
		log[logs++] = (struct regf_log){ log_bytes[i], source_read_at(s, 0, log_bytes[i], (size_t)s->size, &p->tainted) };
	}
	g->parse = p;
	if (regf_open(&g->hive, bytes, length, log, logs, g, on_damage)) {
		size_t row = hive_row(&g->hive);
		g->kind = hives[row].kind;
		g->prefix = hives[row].prefix;
		if (!p->node || !p->node->path.length)
			p->artifact_id = hives[row].id;
		g->hive_name = hives[row].name;
		owner_find(g);
		match_open(g);
		keys_walk(g);
		match_close(g);
		artifact_record(g, row);
		regf_close(&g->hive);
	}
	for (unsigned i = 0; i < COMPANIONS; i++)
		free(log_bytes[i]);
	buffer_free(&g->path);
	buffer_free(&g->message);
	buffer_free(&g->scratch);
	buffer_free(&g->bag);
	buffer_free(&g->text);
	arena_free(&g->arena);
	free(g);
	free(owned);
}

const struct artifact_parser artifact_registry = {
	.id = "win.reg_system",
	.also = "win.reg_software|win.reg_sam|win.reg_security|win.reg_default|win.reg_ntuser|win.reg_usrclass|win.reg_regback|win.reg_msix|win.amcache|win.syscache|win.bcd|reg.*",
	.about = "Registry hives: when each key was last written, and what the known keys tell",
	.events = "reg_key_written",
	.attack = "T1112",
	.companions = true,
	.probe = registry_probe,
	.parse = registry_parse,
};
