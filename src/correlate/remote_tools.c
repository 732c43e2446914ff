/* SPDX-License-Identifier: Apache-2.0 */
/* remote_tools.c: one hit for each tool of remote management that left traces: since when it is there, how it came, by which account, and to whom it reports.
 *
 * Such tools are legitimate software; what makes one a finding is who put it there and whose account it answers to. So the hit gathers what lies in many places: services
 * (registry and event log), packages, programs that ran, files and folders, settings, installers also inside mail and archives, and the values that name a tenant.
 * A link to a maker's web site is kept as a trace, but alone it makes no hit. Of each kind of trace the earliest are kept, so memory is a fixed
 * number of short texts a tool, and the order in which records arrive does not matter. */
#include "correlate/remote_tools.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/setting.h"
#include "correlate/correlate.h"
#include "record/locator.h"

enum {
	EACH = 6,                       /* traces of a kind that are kept */
	TEXTS = 16,                     /* values of a set that are kept */
	NAME_MOST = 128, TEXT_MOST = 400, LOOK_MOST = 8192, DEPTH_MOST = 5,
	SCORE_PRESENT = 40, SCORE_NOTABLE = 75, SCORE_HIGH = 85,
};

/* Strongest first: the hit's locator is that of the first trace. */
enum trace_kind { TRACE_SERVICE, TRACE_PACKAGE, TRACE_SETTINGS, TRACE_RAN, TRACE_FILE, TRACE_CONTENT, TRACE_INSTALLER, TRACE_FOLDER, TRACE_LOG, TRACE_MENTION, TRACE_LINK, TRACE_KINDS };
static const char *const trace_word[TRACE_KINDS] = { "service", "package", "settings", "ran", "file", "content", "installer", "folder", "log", "mention", "link" };

struct trace { bool timed; struct timestamp time; char *locator, *text; };
struct texts { char *text[TEXTS]; unsigned count; bool more; };
struct found {
	struct trace trace[TRACE_KINDS][EACH];
	unsigned kept[TRACE_KINDS];
	uint64_t seen[TRACE_KINDS];
	struct texts tenant, installed_by, runs_as, profile, mail;
	struct timestamp first, last;
	bool timed;
};

enum name_kind { NAME_PROGRAM, NAME_SERVICE, NAME_INSTALLER, NAME_PRODUCT, NAME_FOLDER, NAME_DOMAIN };        /* of folders: the last component */
struct known { const char *text; size_t length; unsigned tool; enum name_kind kind; bool shared, glob; };
struct state {
	struct known *known; size_t count;      /* sorted by kind and text, those with "*" behind the others */
	size_t globs;                           /* where those begin */
	struct buffer texts;                    /* what `known` points to */
	struct buffer plain;                    /* the path in hand without its escapes */
	struct found **found;
	size_t tools;
};

/* What is looked at: a record and what its traces have in common. */
struct look {
	struct state *s;
	const struct record_view *v;
	enum trace_kind kind;
	bool timed;
	struct timestamp time;
	const char *locator; size_t locator_length;
	const char *message; size_t message_length;     /* the trace's text */
	uint64_t tools[4];                              /* bit a tool that this record has told of */
};
_Static_assert(sizeof ((struct look *)0)->tools * 8 >= 256, "bits for the tools");

/* ---- names */

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

/* "*" any run; both lower case. */
static bool glob_match(const char *g, size_t g_length, const char *t, size_t t_length)
{
	size_t i = 0, k = 0, star = SIZE_MAX, from = 0;
	while (k < t_length) {
		if (i < g_length && g[i] == '*') {
			star = i++;
			from = k;
		} else if (i < g_length && g[i] == t[k]) {
			i++;
			k++;
		} else if (star != SIZE_MAX) {
			i = star + 1;
			k = ++from;
		} else {
			return false;
		}
	}
	while (i < g_length && g[i] == '*')
		i++;
	return i == g_length;
}

static int known_order(const void *a, const void *b)
{
	const struct known *x = a, *y = b;
	if (x->glob != y->glob)
		return x->glob ? 1 : -1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	int order = memcmp(x->text, y->text, x->length < y->length ? x->length : y->length);
	if (order || x->length != y->length)
		return order ? order : x->length < y->length ? -1 : 1;
	return x->tool < y->tool ? -1 : x->tool > y->tool;
}

/* Steps through the values of a list of the table. */
static bool list_next(const char **at, const char **value, size_t *length)
{
	if (!**at)
		return false;
	*value = *at;
	*length = strcspn(*at, ";");
	*at += *length + ((*at)[*length] != 0);
	return true;
}

static void known_add(struct state *s, unsigned tool, enum name_kind kind, const char *text, size_t length, size_t *capacity)
{
	struct known k = { .tool = tool, .kind = kind, .shared = *text == '?' };
	text += k.shared;
	length -= k.shared;
	k.text = (const char *)s->texts.length;         /* an offset until all are there */
	k.length = length;
	for (size_t i = 0; i < length; i++) {
		k.glob |= text[i] == '*';
		buffer_byte(&s->texts, (uint8_t)lower(text[i]));
	}
	s->known = memory_room(s->known, s->count, capacity, sizeof *s->known);
	s->known[s->count++] = k;
}

static void *begin(int directory)
{
	(void)directory;
	struct state *s = memory_new(sizeof *s);
	size_t capacity = 0, n;
	const char *value;
	for (; remote_tools[s->tools].name; s->tools++) {
		const struct remote_tool *t = &remote_tools[s->tools];
		const struct { enum name_kind kind; const char *list; } lists[] = { { NAME_PROGRAM, t->programs }, { NAME_SERVICE, t->services }, { NAME_INSTALLER, t->installers }, { NAME_DOMAIN, t->domains } };
		for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
			for (const char *at = lists[i].list; list_next(&at, &value, &n);) {
				known_add(s, (unsigned)s->tools, lists[i].kind, value, n, &capacity);
				if (lists[i].kind == NAME_INSTALLER && n > 4 && !memcmp(value + n - 4, ".msi", 4))
					known_add(s, (unsigned)s->tools, NAME_PRODUCT, value, n - 4, &capacity);
			}
		for (const char *at = t->folders; list_next(&at, &value, &n);) {
			const char *slash = memrchr(value, '/', n);
			size_t skip = slash ? (size_t)(slash + 1 - value) : 0;
			known_add(s, (unsigned)s->tools, NAME_FOLDER, value + skip, n - skip, &capacity);
		}
		known_add(s, (unsigned)s->tools, NAME_PRODUCT, t->name, strcspn(t->name, "(/") - (strpbrk(t->name, "(/") ? 1 : 0), &capacity);
	}
	for (size_t i = 0; i < s->count; i++)
		s->known[i].text = (const char *)s->texts.data + (size_t)s->known[i].text;
	if (s->count)
		qsort(s->known, s->count, sizeof *s->known, known_order);
	while (s->globs < s->count && !s->known[s->globs].glob)
		s->globs++;
	s->found = memory_array(s->tools, sizeof *s->found);
	return s;
}

/* Calls back for each tool that has this name. */
static void name_look(struct look *l, enum name_kind kind, const char *text, size_t length, void (*use)(struct look *l, const struct known *k, const char *before, size_t before_length),
	const char *before, size_t before_length)
{
	char folded[NAME_MOST];
	const struct state *s = l->s;
	if (!length || length > sizeof folded)
		return;
	for (size_t i = 0; i < length; i++)
		folded[i] = lower(text[i]);
	struct known wanted = { .text = folded, .length = length, .kind = kind };
	size_t low = 0, high = s->globs;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (known_order(&s->known[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < s->globs && s->known[low].kind == kind && s->known[low].length == length && !memcmp(s->known[low].text, folded, length); low++)
		use(l, &s->known[low], before, before_length);
	for (size_t i = s->globs; i < s->count; i++)
		if (s->known[i].kind == kind && (*s->known[i].text == '*' || *s->known[i].text == *folded) && glob_match(s->known[i].text, s->known[i].length, folded, length))
			use(l, &s->known[i], before, before_length);
}

/* ---- what is kept of a tool */

static void text_keep(struct texts *set, const char *text, size_t length)
{
	char *copy;
	unsigned at = 0;
	while (length && (text[length - 1] == ' ' || text[length - 1] == '\\'))
		length--;
	if (!length || (length == 1 && *text == '-'))
		return;
	copy = memory_copy(text, length < TEXT_MOST ? length : TEXT_MOST);
	while (at < set->count && strcmp(set->text[at], copy) < 0)
		at++;
	if ((at < set->count && !strcmp(set->text[at], copy)) || at == TEXTS) {
		set->more |= at == TEXTS;
		free(copy);
		return;
	}
	if (set->count == TEXTS) {
		set->more = true;
		free(set->text[--set->count]);
	}
	memmove(set->text + at + 1, set->text + at, (set->count - at) * sizeof *set->text);
	set->text[at] = copy;
	set->count++;
}

static int time_order(const struct timestamp *a, const struct timestamp *b)
{
	if (a->seconds != b->seconds)
		return a->seconds < b->seconds ? -1 : 1;
	return a->nanoseconds < b->nanoseconds ? -1 : a->nanoseconds > b->nanoseconds;
}

/* Those with a time first, the earliest first. */
static int trace_order(const struct trace *a, const struct trace *b)
{
	if (a->timed != b->timed)
		return a->timed ? -1 : 1;
	int order = a->timed ? time_order(&a->time, &b->time) : 0;
	order = order ? order : strcmp(a->locator, b->locator);
	return order ? order : strcmp(a->text, b->text);
}

static void trace_free(struct trace *t)
{
	free(t->locator);
	free(t->text);
}

static struct found *found_of(struct state *s, unsigned tool)
{
	if (!s->found[tool])
		s->found[tool] = memory_new(sizeof **s->found);
	return s->found[tool];
}

static bool inside_mail(const char *locator, size_t length) { return memmem(locator, length, "::attach:", 9) != NULL; }

/* The name in ".../Users/NAME/..." */
static void profile_keep(struct look *l, unsigned tool, const char *text, size_t length)
{
	static const char *const roots[] = { "\\users\\", "/users/", "\\documents and settings\\", "/documents and settings/" };
	if (inside_mail(l->locator, l->locator_length) || l->kind == TRACE_MENTION)
		return;
	for (size_t r = 0; r < sizeof roots / sizeof *roots; r++) {
		size_t n = strlen(roots[r]);
		for (size_t at = 0; at + n < length; at++)
			if (text_equal_nocase(text + at, n, roots[r], n)) {
				size_t end = at + n;
				while (end < length && text[end] != '\\' && text[end] != '/' && text[end] != '"')
					end++;
				if (end < length && !text_equal_nocase(text + at + n, end - at - n, "public", 6))
					text_keep(&found_of(l->s, tool)->profile, text + at + n, end - at - n);
				return;
			}
	}
}

static void trace_keep(struct look *l, unsigned tool, enum trace_kind kind, const char *text, size_t length)
{
	struct found *f = found_of(l->s, tool);
	struct trace t = { .timed = l->timed, .time = l->time, .locator = memory_copy(l->locator ? l->locator : "", l->locator_length) };
	t.text = memory_copy(text ? text : "", length < TEXT_MOST ? length : TEXT_MOST);
	struct trace *list = f->trace[kind];
	unsigned at = 0;
	f->seen[kind]++;
	if (kind != TRACE_LINK && inside_mail(t.locator, l->locator_length))
		text_keep(&f->mail, t.locator, l->locator_length);
	else if (kind != TRACE_LINK && kind != TRACE_MENTION && l->timed) {
		if (!f->timed || time_order(&l->time, &f->first) < 0)
			f->first = l->time;
		if (!f->timed || time_order(&l->time, &f->last) > 0)
			f->last = l->time;
		f->timed = true;
	}
	while (at < f->kept[kind] && trace_order(&list[at], &t) < 0)
		at++;
	if ((at < f->kept[kind] && !trace_order(&list[at], &t)) || at == EACH) {
		trace_free(&t);
		return;
	}
	if (f->kept[kind] == EACH)
		trace_free(&list[--f->kept[kind]]);
	memmove(list + at + 1, list + at, (f->kept[kind] - at) * sizeof *list);
	list[at] = t;
	f->kept[kind]++;
}

/* A tool that this record tells of: once a record. */
static void tool_told(struct look *l, unsigned tool, enum trace_kind kind)
{
	uint64_t bit = UINT64_C(1) << (tool % 64);
	if (l->tools[tool / 64] & bit)
		return;
	l->tools[tool / 64] |= bit;
	trace_keep(l, tool, kind, l->message, l->message_length);
}

/* ---- texts */

static bool separator(char c) { return c == '\\' || c == '/'; }

/* Is this component of a path as the pattern has it (up to its next "/")? */
static bool component_match(const char *pattern, size_t length, const char *text, size_t text_length)
{
	char g[NAME_MOST], t[NAME_MOST];
	if (length > sizeof g || text_length > sizeof t)
		return false;
	for (size_t i = 0; i < length; i++)
		g[i] = lower(pattern[i]);
	for (size_t i = 0; i < text_length; i++)
		t[i] = lower(text[i]);
	return glob_match(g, length, t, text_length);
}

static bool common_root(const char *text, size_t length)
{
	static const char *const roots[] = { "program files", "program files (x86)", "programdata", "application data", "local", "roaming", "locallow", "%programfiles%", "%programfiles(x86)%", "%programdata%", "%appdata%", "%localappdata%" };
	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
		if (text_equal_nocase(text, length, roots[i], strlen(roots[i])))
			return true;
	return false;
}

/* Does a path end with (or, with `within`, pass through) one of the tool's folders? */
static bool folder_match(const struct remote_tool *tool, const char *path, size_t length, bool within)
{
	const char *value;
	size_t n;
	for (const char *at = tool->folders; list_next(&at, &value, &n);) {
		unsigned wanted = 1;
		for (size_t i = 0; i < n; i++)
			wanted += value[i] == '/';
		for (size_t start = 0; start < length;) {
			size_t from = start, p = 0;
			unsigned matched = 0;
			while (matched < wanted && from < length) {
				size_t end = from, q = p;
				while (end < length && !separator(path[end]))
					end++;
				while (q < n && value[q] != '/')
					q++;
				if (!component_match(value + p, q - p, path + from, end - from))
					break;
				matched++;
				p = q + 1;
				from = end + 1;
			}
			size_t before = start ? start - 1 : 0, root = before;
			while (root && !separator(path[root - 1]))
				root--;
			if (matched == wanted && (within || from >= length) && (wanted > 1 || *value == '.' || common_root(path + root, before - root)))
				return true;
			while (start < length && !separator(path[start]))
				start++;
			start++;
		}
	}
	return false;
}

static void program_use(struct look *l, const struct known *k, const char *before, size_t before_length)
{
	if (k->shared && !folder_match(&remote_tools[k->tool], before, before_length, true))
		return;
	tool_told(l, k->tool, l->kind);
	profile_keep(l, k->tool, before, before_length);
}

static void installer_use(struct look *l, const struct known *k, const char *before, size_t before_length)
{
	tool_told(l, k->tool, l->kind == TRACE_PACKAGE ? TRACE_PACKAGE : TRACE_INSTALLER);
	profile_keep(l, k->tool, before, before_length);
}

static void folder_use(struct look *l, const struct known *k, const char *before, size_t before_length)
{
	if (folder_match(&remote_tools[k->tool], before, before_length, false))
		tool_told(l, k->tool, TRACE_FOLDER);
}

static void plain_use(struct look *l, const struct known *k, const char *before, size_t before_length)
{
	(void)before, (void)before_length;
	tool_told(l, k->tool, l->kind);
}

static void link_use(struct look *l, const struct known *k, const char *before, size_t before_length)
{
	(void)before, (void)before_length;
	tool_told(l, k->tool, TRACE_LINK);
}

/* Names of programs and installers in a text: what stands before ".exe", ".dll" or ".msi" back to what no file name holds, and each part of it behind a space. */
static void files_look(struct look *l, const char *t, size_t length)
{
	for (size_t i = 1; i + 4 <= length; i++) {
		if (t[i] != '.' || (i + 4 < length && (isalnum((unsigned char)t[i + 4]) || t[i + 4] == '_')))
			continue;
		bool msi = text_equal_nocase(t + i, 4, ".msi", 4);
		if (!msi && !text_equal_nocase(t + i, 4, ".exe", 4) && !text_equal_nocase(t + i, 4, ".dll", 4))
			continue;
		size_t start = i;
		while (start && i - start < NAME_MOST && !strchr("\\/:\"|<>*?\t\r\n=,;'&", t[start - 1]) && t[start - 1])
			start--;
		for (size_t from = start; from < i;) {
			name_look(l, NAME_PROGRAM, t + from, i + 4 - from, program_use, t, from);
			name_look(l, NAME_INSTALLER, t + from, i + 4 - from, installer_use, t, from);
			while (from < i && t[from] != ' ')
				from++;
			while (from < i && t[from] == ' ')
				from++;
		}
	}
}

static void host_look(struct look *l, const char *host, size_t length)
{
	while (length) {
		name_look(l, NAME_DOMAIN, host, length, link_use, NULL, 0);
		const char *dot = memchr(host, '.', length);
		if (!dot)
			return;
		length -= (size_t)(dot + 1 - host);
		host = dot + 1;
	}
}

static void links_look(struct look *l, const char *t, size_t length)
{
	const char *end = t + length, *at = t;
	while ((at = memmem(at, (size_t)(end - at), "://", 3)) != NULL) {
		const char *host = at += 3;
		while (at < end && (isalnum((unsigned char)*at) || *at == '.' || *at == '-'))
			at++;
		host_look(l, host, (size_t)(at - host));
	}
}

/* ---- tenants */

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

static void tenant_keep(struct found *f, const char *name, size_t name_length, const char *value, size_t length)
{
	struct buffer b = { 0 };
	buffer_append(&b, name, name_length);
	buffer_byte(&b, '=');
	size_t head = b.length;
	for (size_t i = 0; i < length && b.length < TEXT_MOST; i++) {
		int high = i + 2 < length && value[i] == '%' ? hex_value(value[i + 1]) : -1, low = high >= 0 ? hex_value(value[i + 2]) : -1;
		bool coded = low >= 0 && high * 16 + low > ' ' && high * 16 + low < 0x7f;
		buffer_byte(&b, (uint8_t)(coded ? high * 16 + low : value[i]));
		i += coded ? 2 : 0;
	}
	if (b.length > head && text_is_utf8(b.data, b.length))
		text_keep(&f->tenant, (const char *)b.data, b.length);
	buffer_free(&b);
}

static void tenant_in_text(struct found *f, const char *name, size_t n, const char *t, size_t length)
{
	const char *value;
	size_t at = 0, value_length;
	while (setting_next(t, length, &at, name, n, &value, &value_length))
		tenant_keep(f, name, n, value, value_length);
}

/* ---- records */

static const char *view_text(const struct record_view *v, enum record_field f, size_t *length)
{
	const char *t = record_get_text(v, f, length);
	if (t && *length > LOOK_MOST)
		*length = LOOK_MOST;
	return t;
}

typedef void (*value_use)(struct look *l, const char *key, size_t key_length, const char *text, size_t length);

static void values_each(struct look *l, const struct record_value *map, unsigned depth, value_use use)
{
	const char *key;
	size_t at = 0, key_length, length;
	struct record_value value;
	while (record_next(map, &at, &key, &key_length, &value)) {
		if ((value.kind == VALUE_MAP || value.kind == VALUE_LIST) && depth < DEPTH_MOST)
			values_each(l, &value, depth + 1, use);
		const char *text = record_value_text(&value, &length);
		if (text && length)
			use(l, key, key ? key_length : 0, text, length < LOOK_MOST ? length : LOOK_MOST);
	}
}

static bool key_is(const char *key, size_t length, const char *word) { return key && text_equal_nocase(key, length, word, strlen(word)); }

static void value_look(struct look *l, const char *key, size_t key_length, const char *text, size_t length)
{
	if (key_is(key, key_length, "ServiceName") || key_is(key, key_length, "provider"))
		name_look(l, NAME_SERVICE, text, length, plain_use, NULL, 0);
	if (l->kind == TRACE_PACKAGE)
		name_look(l, NAME_PRODUCT, text, length, plain_use, NULL, 0);
	files_look(l, text, length);
	if (memmem(text, length, "://", 3))
		links_look(l, text, length);
}

static void tenants_look(struct look *l, const char *key, size_t key_length, const char *text, size_t length)
{
	const char *name;
	size_t n;
	for (unsigned i = 0; i < l->s->tools; i++) {
		if (!(l->tools[i / 64] >> (i % 64) & 1))
			continue;
		for (const char *at = remote_tools[i].tenant; list_next(&at, &name, &n);) {
			if (key && text_equal_nocase(key, key_length, name, n))
				tenant_keep(found_of(l->s, i), name, n, text, length);
			else
				tenant_in_text(found_of(l->s, i), name, n, text, length);
		}
	}
}

/* Accounts: who put it there is the subject of 4697, the writer of 7045 and of the installer's events; what a service runs as is something else. */
static void accounts_look(struct look *l, const char *key, size_t key_length, const char *text, size_t length)
{
	static const struct { const char *key; bool runs_as; } keys[] = { { "SubjectUserName", false }, { "user_sid", false }, { "AccountName", true }, { "ServiceAccount", true }, { "ObjectName", true } };
	for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
		if (!key_is(key, key_length, keys[k].key) || (l->kind != TRACE_SERVICE && l->kind != TRACE_PACKAGE))
			continue;
		for (unsigned i = 0; i < l->s->tools; i++)
			if (l->tools[i / 64] >> (i % 64) & 1)
				text_keep(keys[k].runs_as ? &found_of(l->s, i)->runs_as : &found_of(l->s, i)->installed_by, text, length);
	}
}

static bool begins(const char *text, size_t length, const char *with) { return text && length >= strlen(with) && !memcmp(text, with, strlen(with)); }

static enum trace_kind event_kind(const struct record_view *v, const char *artifact, size_t artifact_length, const char *path, size_t path_length)
{
	static const struct { const char *artifact; enum trace_kind kind; } rows[] = {
		{ "reg.uninstall", TRACE_PACKAGE }, { "reg.amcache.program", TRACE_PACKAGE }, { "reg.services", TRACE_SERVICE }, { "reg.rmm", TRACE_SETTINGS }, { "win.prefetch", TRACE_RAN }, { "reg.bam", TRACE_RAN },
		{ "reg.dam", TRACE_RAN }, { "reg.userassist", TRACE_RAN }, { "reg.amcache", TRACE_RAN }, { "reg.shimcache", TRACE_RAN }, { "reg.appcompat", TRACE_RAN }, { "win.usnjrnl", TRACE_FILE }, { "win.recyclebin", TRACE_FILE },
	};
	static const struct { const char *provider; uint64_t id; enum trace_kind kind; } logs[] = {
		{ "Service Control Manager", 7045, TRACE_SERVICE }, { "Microsoft-Windows-Security-Auditing", 4697, TRACE_SERVICE }, { "Microsoft-Windows-Security-Auditing", 4688, TRACE_RAN },
		{ "Microsoft-Windows-Sysmon", 1, TRACE_RAN }, { "MsiInstaller", 0, TRACE_PACKAGE },
	};
	if (begins(artifact, artifact_length, "win.evt")) {
		struct record_value value;
		const char *key, *provider = NULL;
		size_t at = 0, n, length = 0;
		uint64_t id = 0;
		while (record_next(&v->field[F_DATA], &at, &key, &n, &value)) {
			if (key_is(key, n, "provider"))
				provider = record_value_text(&value, &length);
			else if (key_is(key, n, "event_id"))
				id = record_value_number(&value);
		}
		for (size_t i = 0; i < sizeof logs / sizeof *logs; i++)
			if (provider && key_is(provider, length, logs[i].provider) && (!logs[i].id || logs[i].id == id))
				return logs[i].kind;
		return TRACE_LOG;
	}
	if (path && memmem(path, path_length, "\\Services\\", 10) && begins(artifact, artifact_length, "reg."))
		return TRACE_SERVICE;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (begins(artifact, artifact_length, rows[i].artifact))
			return rows[i].kind;
	return TRACE_MENTION;
}

/* Keys of the tools' settings: the path passes through one of them. */
static void keys_look(struct look *l, const char *path, size_t length)
{
	const char *value;
	size_t n;
	for (unsigned i = 0; i < l->s->tools; i++)
		for (const char *at = remote_tools[i].keys; list_next(&at, &value, &n);)
			for (size_t k = 0; k + n <= length; k++)
				if ((!k || path[k - 1] == '\\') && (k + n == length || path[k + n] == '\\') && text_equal_nocase(path + k, n, value, n))
					tool_told(l, i, TRACE_SETTINGS);
}

static void event_add(struct look *l)
{
	const struct record_view *v = l->v;
	size_t artifact_length, path_length, name_length, user_length;
	const char *artifact = view_text(v, F_ARTIFACT_ID, &artifact_length), *path = view_text(v, F_PATH, &path_length), *name = view_text(v, F_NAME, &name_length), *user = view_text(v, F_USER, &user_length);
	if (begins(artifact, artifact_length, "fs.times"))
		return;                 /* the node has told of it */
	l->kind = event_kind(v, artifact, artifact_length, path, path_length);
	l->timed = record_get_time(v, F_TIME, &l->time);
	l->message = view_text(v, F_MESSAGE_TEXT, &l->message_length);
	if (path) {
		const char *service = memmem(path, path_length, "\\Services\\", 10);
		if (service && l->kind == TRACE_SERVICE) {
			service += 10;
			size_t rest = path_length - (size_t)(service - path);
			const char *end = memchr(service, '\\', rest);
			name_look(l, NAME_SERVICE, service, end ? (size_t)(end - service) : rest, plain_use, NULL, 0);
		}
		if (l->kind == TRACE_SETTINGS)
			keys_look(l, path, path_length);
		files_look(l, path, path_length);
	}
	if (name)
		files_look(l, name, name_length);
	if (v->field[F_DATA].kind == VALUE_MAP)
		values_each(l, &v->field[F_DATA], 0, value_look);
	if (!(l->tools[0] | l->tools[1] | l->tools[2] | l->tools[3]) || l->kind == TRACE_MENTION)
		return;
	if (v->field[F_DATA].kind == VALUE_MAP) {
		values_each(l, &v->field[F_DATA], 0, tenants_look);
		values_each(l, &v->field[F_DATA], 0, accounts_look);
	}
	for (unsigned i = 0; i < l->s->tools && user && (l->kind == TRACE_PACKAGE || l->kind == TRACE_RAN); i++)
		if (l->tools[i / 64] >> (i % 64) & 1)
			text_keep(l->kind == TRACE_PACKAGE ? &found_of(l->s, i)->installed_by : &found_of(l->s, i)->profile, user, user_length);
}

/* Is it inside an archive or a mail? Then it is not installed there. */
static bool packed(const char *locator, size_t length)
{
	static const char *const steps[] = { "::attach:", "::zip:", "::7z:", "::rar:", "::tar:", "::cab:", "::iso:", "::ole:", "::rtf:" };
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (memmem(locator, length, steps[i], strlen(steps[i])))
			return true;
	return false;
}

static void node_add(struct look *l)
{
	const struct record_view *v = l->v;
	size_t path_length, name_length;
	const char *path = view_text(v, F_PATH, &path_length), *name = view_text(v, F_NAME, &name_length);
	if (!name)
		return;
	if (path && memchr(path, '%', path_length)) {
		struct buffer *plain = &l->s->plain;
		buffer_clear(plain);
		if (locator_unescape(plain, path, path_length) && text_is_utf8(plain->data, plain->length)) {
			path = (const char *)plain->data;
			path_length = plain->length;
		}
	}
	l->message = path ? path : name;
	l->message_length = path ? path_length : name_length;
	l->timed = record_get_time(v, F_CRTIME, &l->time) || record_get_time(v, F_FN_CRTIME, &l->time);
	if (record_text_equals(v, F_KIND, "directory")) {
		if (path)
			name_look(l, NAME_FOLDER, name, name_length, folder_use, path, path_length);
		return;
	}
	l->kind = packed(l->locator, l->locator_length) || record_text_equals(v, F_KIND, "member") ? TRACE_INSTALLER : TRACE_FILE;
	if (l->kind == TRACE_INSTALLER)
		l->timed = false;       /* times inside a package are its maker's */
	name_look(l, NAME_PROGRAM, name, name_length, program_use, l->message, l->message_length);
	name_look(l, NAME_INSTALLER, name, name_length, installer_use, l->message, l->message_length);
}

/* What a rule over content says: it names the tool as its family; and what the settings and packages say of a tenant. */
static void hit_add(struct look *l)
{
	const struct record_view *v = l->v;
	size_t n, path_length;
	const char *family = view_text(v, F_FAMILY, &n), *path = view_text(v, F_PATH, &path_length);
	if (!family)
		return;
	l->kind = packed(l->locator, l->locator_length) ? TRACE_INSTALLER : TRACE_CONTENT;
	l->message = view_text(v, F_WHY, &l->message_length);
	for (unsigned i = 0; i < l->s->tools; i++)
		if (text_equal_nocase(family, n, remote_tools[i].name, strlen(remote_tools[i].name))) {
			tool_told(l, i, l->kind);
			profile_keep(l, i, path ? path : "", path_length);
		}
	if (v->field[F_DATA].kind == VALUE_MAP)
		values_each(l, &v->field[F_DATA], 0, tenants_look);
}

static void link_look(struct look *l, const char *key, size_t key_length, const char *text, size_t length)
{
	(void)key, (void)key_length;
	links_look(l, text, length);
}

static void message_add(struct look *l)
{
	const struct record_view *v = l->v;
	l->timed = record_get_time(v, F_DATE, &l->time);
	l->message = view_text(v, F_SUBJECT, &l->message_length);
	if (v->field[F_URLS].kind == VALUE_LIST)
		values_each(l, &v->field[F_URLS], 0, link_look);
}

static bool add(void *state, const struct record_view *v)
{
	struct look l = { .s = state, .v = v };
	l.locator = record_get_text(v, F_LOCATOR, &l.locator_length);
	if (!l.locator)
		return true;
	switch (v->type) {
	case RECORD_EVENT: event_add(&l); break;
	case RECORD_NODE: node_add(&l); break;
	case RECORD_HIT: hit_add(&l); break;
	case RECORD_MESSAGE: message_add(&l); break;
	default: break;
	}
	return true;
}

/* ---- the hit */

static void texts_say(struct buffer *why, const char *what, const struct texts *set)
{
	for (unsigned i = 0; i < set->count && i < 4; i++) {
		buffer_text(why, i ? ", " : what);
		buffer_text(why, set->text[i]);
	}
	if (set->count > 4 || set->more)
		buffer_text(why, ", …");
}

static void texts_put(struct record_builder *r, const char *key, const struct texts *set)
{
	if (!set->count)
		return;
	value_list(r, key);
	for (unsigned i = 0; i < set->count; i++)
		value_string(r, NULL, set->text[i]);
	if (set->more)
		value_string(r, NULL, "…");
	record_close(r);
}

/* Accounts at a provider of free mail as the owner of a tenant: no company's support has one. */
static bool free_mail(const struct texts *tenant)
{
	static const char *const hosts[] = { "@gmail.com", "@outlook.com", "@hotmail.com", "@yahoo.com", "@proton.me", "@protonmail.com", "@mail.ru", "@yandex.ru", "@yandex.com", "@gmx.net", "@gmx.com", "@aol.com", "@icloud.com", "@tutanota.com", "@mail.com" };
	for (unsigned i = 0; i < tenant->count; i++)
		for (size_t k = 0; k < sizeof hosts / sizeof *hosts; k++)
			if (strcasestr(tenant->text[i], hosts[k]))
				return true;
	return false;
}

static void why_write(struct buffer *why, const struct remote_tool *tool, const struct found *f)
{
	buffer_text(why, tool->name);
	buffer_text(why, ":");
	unsigned kinds = 0;
	for (unsigned k = 0; k < TRACE_KINDS; k++)
		if (f->seen[k])
			buffer_format(why, "%s %s %llu", kinds++ ? "," : "", trace_word[k], (unsigned long long)f->seen[k]);
	if (f->timed) {
		buffer_text(why, "; since ");
		time_format_short(why, &f->first);
		buffer_text(why, ", last ");
		time_format_short(why, &f->last);
	}
	texts_say(why, "; came by mail: ", &f->mail);
	if (f->kept[TRACE_PACKAGE])
		buffer_format(why, "; installed as a package: %s", f->trace[TRACE_PACKAGE][0].text);
	texts_say(why, "; installed by ", &f->installed_by);
	texts_say(why, "; service runs as ", &f->runs_as);
	texts_say(why, "; profiles ", &f->profile);
	if (f->tenant.count)
		texts_say(why, "; reports to ", &f->tenant);
	else
		buffer_text(why, "; no trace says whose tenant it reports to");
	if (free_mail(&f->tenant))
		buffer_text(why, " (an account of a free mail provider)");
}

static void rule_name(struct buffer *out, const char *tool)
{
	buffer_text(out, "REMOTE_TOOL_");
	for (const char *c = tool; *c && *c != '(' && *c != '/'; c++)
		if (isalnum((unsigned char)*c))
			buffer_byte(out, (uint8_t)toupper((unsigned char)*c));
		else if (out->data[out->length - 1] != '_' && c[1] && c[1] != '(' && c[1] != '/')
			buffer_byte(out, '_');
}

static void list_say(struct buffer *out, const char *list)
{
	for (; *list; list++)
		if (*list == ';')
			buffer_text(out, ", ");
		else
			buffer_byte(out, (uint8_t)*list);
}

static void hit_write(struct buffer *out, const struct remote_tool *tool, const struct found *f)
{
	struct buffer text = { 0 };
	unsigned best = 0;
	while (!f->kept[best])
		best++;
	bool by_mail = f->mail.count, strange = free_mail(&f->tenant);
	unsigned score = by_mail && strange ? SCORE_HIGH : by_mail || strange ? SCORE_NOTABLE : SCORE_PRESENT;
	struct record_builder r = record_begin(out, RECORD_HIT);
	record_string(&r, F_LOCATOR, f->trace[best][0].locator);
	rule_name(&text, tool->name);
	record_text(&r, F_RULE, (const char *)text.data, text.length);
	record_number(&r, F_SCORE, score);
	record_string(&r, F_SEVERITY, score >= 75 ? "high" : "low");
	record_string(&r, F_METHOD, "rmm");
	buffer_clear(&text);
	why_write(&text, tool, f);
	record_text(&r, F_WHY, (const char *)text.data, text.length);
	record_string(&r, F_FAMILY, tool->name);
	buffer_clear(&text);
	list_say(&text, tool->users);
	if (text.length)
		record_text(&r, F_ACTORS, (const char *)text.data, text.length);
	record_string(&r, F_ATTACK, by_mail ? "T1219 T1566.001" : "T1219");
	record_string(&r, F_DESCRIPTION, "remote management tool: everything that tells of it");
	record_string(&r, F_NAME, tool->name);
	record_map(&r, F_DATA);
	value_string(&r, "vendor", tool->vendor);
	if (f->timed) {
		value_time(&r, "first", &f->first);
		value_time(&r, "last", &f->last);
	}
	texts_put(&r, "tenant", &f->tenant);
	texts_put(&r, "installed_by", &f->installed_by);
	texts_put(&r, "runs_as", &f->runs_as);
	texts_put(&r, "profiles", &f->profile);
	texts_put(&r, "mail", &f->mail);
	value_map(&r, "traces");
	for (unsigned k = 0; k < TRACE_KINDS; k++)
		if (f->seen[k])
			value_number(&r, trace_word[k], f->seen[k]);
	record_close(&r);
	record_close(&r);
	record_list(&r, F_MATCHES);
	for (unsigned k = 0; k < TRACE_KINDS; k++)
		for (unsigned i = 0; i < f->kept[k]; i++) {
			const struct trace *t = &f->trace[k][i];
			value_map(&r, NULL);
			value_string(&r, "id", trace_word[k]);
			if (t->timed)
				value_time(&r, "time", &t->time);
			value_evidence_text(&r, "text", t->text, strlen(t->text), TEXT_UTF8);
			value_string(&r, "locator", t->locator);
			record_close(&r);
		}
	record_close(&r);
	record_end(&r);
	buffer_free(&text);
}

static bool finish(void *state, correlate_emit emit, void *owner)
{
	struct state *s = state;
	struct buffer frame = { 0 };
	bool good = true;
	for (size_t i = 0; good && i < s->tools; i++) {
		const struct found *f = s->found[i];
		uint64_t strong = 0;
		for (unsigned k = 0; f && k < TRACE_MENTION; k++)
			strong += f->seen[k];
		if (!strong)
			continue;
		buffer_clear(&frame);
		hit_write(&frame, &remote_tools[i], f);
		good = correlate_give(&frame, emit, owner);
	}
	buffer_free(&frame);
	return good;
}

static void end(void *state)
{
	struct state *s = state;
	for (size_t i = 0; i < s->tools; i++) {
		struct found *f = s->found[i];
		if (!f)
			continue;
		struct texts *sets[] = { &f->tenant, &f->installed_by, &f->runs_as, &f->profile, &f->mail };
		for (unsigned k = 0; k < TRACE_KINDS; k++)
			while (f->kept[k])
				trace_free(&f->trace[k][--f->kept[k]]);
		for (size_t k = 0; k < sizeof sets / sizeof *sets; k++)
			while (sets[k]->count)
				free(sets[k]->text[--sets[k]->count]);
		free(f);
	}
	free(s->found);
	free(s->known);
	buffer_free(&s->texts);
	buffer_free(&s->plain);
	free(s);
}

const struct reducer reducer_remote_tools = { "remote_tools", begin, add, finish, end };
