/* SPDX-License-Identifier: Apache-2.0 */
/* mail_attachments.c: signs in what is attached: the kind by content against the kind by name, macros, names of the members of archives. */
#include "detect/mail_signs.h"

#include <string.h>

#include "detect/filetype.h"
#include "detect/layers.h"

enum { BYTES_MOST = 32 << 20, MEMBERS_MOST = 500, NESTED_MOST = 4, NESTED_BYTES = 16 << 20 };

enum kind { KIND_OTHER, KIND_PROGRAM, KIND_CARRIER, KIND_WEB, KIND_ARCHIVE, KIND_DOCUMENT, KIND_MACRO_DOCUMENT };
/* What a name ends in means to the one who opens it. types: what filetype_of says of such a content, "" any. */
static const struct { const char *extension; enum kind kind; const char *types; } kinds[] = {
	{ "exe", KIND_PROGRAM, "" }, { "scr", KIND_PROGRAM, "" }, { "com", KIND_PROGRAM, "" }, { "pif", KIND_PROGRAM, "" }, { "cpl", KIND_PROGRAM, "" }, { "dll", KIND_PROGRAM, "" }, { "msi", KIND_PROGRAM, "" }, { "msix", KIND_PROGRAM, "" },
	{ "appx", KIND_PROGRAM, "" }, { "appinstaller", KIND_PROGRAM, "" }, { "bat", KIND_PROGRAM, "" }, { "cmd", KIND_PROGRAM, "" }, { "ps1", KIND_PROGRAM, "" }, { "vbs", KIND_PROGRAM, "" }, { "vbe", KIND_PROGRAM, "" }, { "js", KIND_PROGRAM, "" },
	{ "jse", KIND_PROGRAM, "" }, { "wsf", KIND_PROGRAM, "" }, { "wsh", KIND_PROGRAM, "" }, { "hta", KIND_PROGRAM, "" }, { "sct", KIND_PROGRAM, "" }, { "jar", KIND_PROGRAM, "" }, { "reg", KIND_PROGRAM, "" }, { "apk", KIND_PROGRAM, "" },
	{ "application", KIND_PROGRAM, "" }, { "command", KIND_PROGRAM, "" }, { "lnk", KIND_CARRIER, "" }, { "url", KIND_CARRIER, "" }, { "iso", KIND_CARRIER, "" }, { "img", KIND_CARRIER, "" }, { "vhd", KIND_CARRIER, "" }, { "vhdx", KIND_CARRIER, "" },
	{ "one", KIND_CARRIER, "" }, { "onepkg", KIND_CARRIER, "" }, { "chm", KIND_CARRIER, "" }, { "msc", KIND_CARRIER, "" }, { "rdp", KIND_CARRIER, "" }, { "library-ms", KIND_CARRIER, "" }, { "search-ms", KIND_CARRIER, "" }, { "settingcontent-ms", KIND_CARRIER, "" },
	{ "wim", KIND_CARRIER, "" }, { "dmg", KIND_CARRIER, "" }, { "xll", KIND_PROGRAM, "" }, { "wll", KIND_PROGRAM, "" }, { "ppam", KIND_MACRO_DOCUMENT, "zip;ooxml;odf" }, { "xlam", KIND_MACRO_DOCUMENT, "zip;ooxml;odf" },
	{ "htm", KIND_WEB, "" }, { "html", KIND_WEB, "" }, { "shtml", KIND_WEB, "" }, { "xhtml", KIND_WEB, "" }, { "mht", KIND_WEB, "" }, { "svg", KIND_WEB, "" },
	{ "zip", KIND_ARCHIVE, "zip;ooxml;odf;jar;apk;epub" }, { "rar", KIND_ARCHIVE, "rar" }, { "7z", KIND_ARCHIVE, "7z" }, { "gz", KIND_ARCHIVE, "gz" }, { "tgz", KIND_ARCHIVE, "gz" }, { "tar", KIND_ARCHIVE, "" }, { "cab", KIND_ARCHIVE, "cab" }, { "ace", KIND_ARCHIVE, "" }, { "arj", KIND_ARCHIVE, "arj" },
	{ "pdf", KIND_DOCUMENT, "pdf" }, { "doc", KIND_DOCUMENT, "ole;rtf;zip;ooxml;odf;text" }, { "xls", KIND_DOCUMENT, "ole;zip;ooxml;odf;text" }, { "ppt", KIND_DOCUMENT, "ole;zip;ooxml;odf" }, { "docx", KIND_DOCUMENT, "zip;ooxml;odf;ole" }, { "xlsx", KIND_DOCUMENT, "zip;ooxml;odf;ole" }, { "pptx", KIND_DOCUMENT, "zip;ooxml;odf;ole" },
	{ "rtf", KIND_DOCUMENT, "rtf" }, { "txt", KIND_DOCUMENT, "" }, { "csv", KIND_DOCUMENT, "" }, { "jpg", KIND_DOCUMENT, "jpeg;png;gif" }, { "jpeg", KIND_DOCUMENT, "jpeg;png;gif" }, { "png", KIND_DOCUMENT, "png;jpeg;gif" }, { "gif", KIND_DOCUMENT, "gif;png;jpeg" },
	{ "docm", KIND_MACRO_DOCUMENT, "zip;ooxml;odf" }, { "xlsm", KIND_MACRO_DOCUMENT, "zip;ooxml;odf" }, { "pptm", KIND_MACRO_DOCUMENT, "zip;ooxml;odf" }, { "xlsb", KIND_MACRO_DOCUMENT, "zip;ooxml;odf" }, { "dotm", KIND_MACRO_DOCUMENT, "zip;ooxml;odf" }, { "odt", KIND_DOCUMENT, "zip;ooxml;odf" },
};

static size_t row_of(struct mail_text name)
{
	while (name.length && (name.text[name.length - 1] == '.' || name.text[name.length - 1] == ' '))
		name.length--;
	const char *dot = name.length ? memrchr(name.text, '.', name.length) : NULL;
	for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
		if (text_equal_nocase(dot + 1, name.length - (size_t)(dot + 1 - name.text), kinds[i].extension, strlen(kinds[i].extension)))
			return i;
	return sizeof kinds / sizeof *kinds;
}

static enum kind kind_of(struct mail_text name)
{
	size_t row = row_of(name);
	return row < sizeof kinds / sizeof *kinds ? kinds[row].kind : KIND_OTHER;
}

static bool runs(enum kind k) { return k == KIND_PROGRAM || k == KIND_CARRIER; }

/* "invoice.pdf.exe", "invoice.pdf      .exe", letters turned round by U+202E */
static bool double_name(struct mail_text name)
{
	if (memmem(name.text, name.length, "\xe2\x80\xae", 3))
		return true;
	enum kind last = kind_of(name);
	const char *dot = memrchr(name.text, '.', name.length);
	if (!dot || !(runs(last) || last == KIND_WEB))
		return false;
	struct mail_text before = { name.text, (size_t)(dot - name.text) };
	enum kind first = kind_of(before);
	return first == KIND_DOCUMENT || first == KIND_MACRO_DOCUMENT || (before.length > 8 && !memcmp(before.text + before.length - 8, "        ", 8));
}

static bool type_fits(const char *types, const char *type)
{
	for (const char *at = types; *at; at += strcspn(at, ";"), at += *at == ';') {
		size_t n = strcspn(at, ";");
		if (strlen(type) == n && !memcmp(at, type, n))
			return true;
	}
	return !*types;
}

/* Content that does something where one expects something to read; of other differences mail is full. */
static bool acts(const char *type)
{
	return type_fits("pe;mz;ne;elf;macho;lnk;onenote;chm;zip;jar;apk;rar;7z;cab;ace;iso;html;script", type);
}

static bool has(const struct buffer *b, const char *bytes, size_t n) { return b->length && memmem(b->data, b->length, bytes, n); }

/* VBA in a document: its project's stream in OLE2 (names are UTF-16), its part in OOXML (names are in the directory as they are). */
static bool macros(const struct buffer *b, const char *type)
{
	static const char vba[] = "V\0B\0A\0\0\0", project[] = "_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0";
	if (!strcmp(type, "ole"))
		return has(b, project, sizeof project - 1) || (has(b, vba, sizeof vba - 1) && has(b, "Attribut", 8));
	return type_fits("zip;ooxml", type) && (has(b, "vbaProject.bin", 14) || has(b, "xl/macrosheets/", 15));
}

/* ---- links in what is attached */

/* "/URI (address)" of annotations, ISO 32000-1 12.6.4.7; "\" before a character of the address takes its meaning away. */
static void pdf_links(struct judging *j, const uint8_t *bytes, size_t length)
{
	static const char key[] = "/URI";
	const uint8_t *at = bytes, *end = bytes + length;
	while (at && at < end && (at = memmem(at, (size_t)(end - at), key, sizeof key - 1)) != NULL) {
		char address[2048];
		size_t n = 0;
		for (at += sizeof key - 1; at < end && *at <= ' '; at++)
			;
		if (at == end || *at != '(')
			continue;
		for (at++; at < end && *at != ')' && n < sizeof address; at++) {
			if (*at == '\\' && at + 1 < end)
				at++;
			address[n++] = (char)*at;
		}
		if (text_is_utf8(address, n))
			judge_link(j, (struct mail_text){ arena_copy(j->arena, address, n), n }, (struct mail_text){ "", 0 });
	}
}

static void pdf_layer(void *owner, const struct layer *l) { pdf_links(owner, l->bytes, l->size); }

/* "URL=address" of internet shortcuts */
static void shortcut_link(struct judging *j, const uint8_t *bytes, size_t length)
{
	const uint8_t *line = memmem(bytes, length, "URL=", 4);
	size_t n = 0;
	if (!line)
		return;
	line += 4;
	while (line + n < bytes + length && line[n] > ' ')
		n++;
	if (text_is_utf8(line, n))
		judge_link(j, (struct mail_text){ arena_copy(j->arena, line, n), n }, (struct mail_text){ "", 0 });
}

static void links_judge(struct judging *j, const struct mime_part *p, const struct buffer *b, const char *type, enum kind kind)
{
	if (!strcmp(type, "pdf")) {
		pdf_links(j, b->data, b->length);
		const char *limit = layers_look(b->data, b->length, type, pdf_layer, j);
		if (limit)
			report_error(j->report, "limit", "mail.judged", NULL, 0, 0, "%s lie in an attached PDF: in the rest no links are looked for", limit);
	} else if (p->names && b->length && kind == KIND_CARRIER) {
		shortcut_link(j, b->data, b->length);
	} else if (kind == KIND_WEB && b->length && !(p->type.length >= 5 && !memcmp(p->type.text, "text/", 5)) && text_is_utf8(b->data, b->length)) {
		judge_page(j, (struct mail_text){ arena_copy(j->arena, b->data, b->length), b->length });       /* those called text are judged with the bodies */
	}
}

/* ---- archives */

static void members_judge(struct judging *j, struct source *source, struct mail_text archive, unsigned depth);

static void member_judge(struct judging *j, struct container *c, const struct node *n, struct mail_text archive, unsigned depth)
{
	struct mail_text name = { (const char *)n->name.bytes, n->name.length };
	enum kind kind = kind_of(name);
	struct mail_text shown = { arena_format(j->arena, "%.*s: %.*s", (int)archive.length, archive.text, (int)(name.length < 200 ? name.length : 200), name.text), 0 };
	shown.length = strlen(shown.text);
	if (runs(kind))
		sign_seen(j, SIGN_archive_program, shown);
	if (name.length && double_name(name))
		sign_seen(j, SIGN_attach_double_name, shown);
	if (kind == KIND_MACRO_DOCUMENT)
		sign_seen(j, SIGN_attach_macro, shown);
	for (unsigned i = 0; i < n->flag_count; i++)
		if (!strcmp(n->flags[i], "encrypted"))
			sign_seen(j, SIGN_archive_locked, archive);
	if (depth && kind == KIND_ARCHIVE && n->content != CONTENT_SEQUENTIAL && n->content != CONTENT_NONE && n->has_size && n->size <= NESTED_BYTES) {
		struct source *inside = format_content(c, n);
		if (inside)
			members_judge(j, inside, shown, depth - 1);
		source_close(inside);
	}
}

/* A reporter that keeps silent: what is damaged in an archive is told by the pass that opens it. */
static void silent_error(struct reporter *r, const char *class, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)class, (void)kind, (void)step, (void)offset, (void)length, (void)message;
}

static void silent_note(struct reporter *r, const char *kind, const char *step, uint64_t offset, uint64_t length, const char *message)
{
	(void)r, (void)kind, (void)step, (void)offset, (void)length, (void)message;
}

static bool silent_step(struct reporter *r, uint64_t at)
{
	(void)r, (void)at;
	return true;
}

static void members_judge(struct judging *j, struct source *source, struct mail_text archive, unsigned depth)
{
	static struct reporter silent = { silent_error, silent_note, silent_step };
	const struct format *zip = format_by_name("zip", 3);
	struct container *c = zip ? format_open(zip, &(struct opening){ .source = source, .report = &silent, .name = "", .list_deleted = true }) : NULL;
	struct node n = { 0 };
	unsigned members = 0;
	for (; c && members < MEMBERS_MOST && zip->next(c, &n) == 1; members++, memset(&n, 0, sizeof n))
		member_judge(j, c, &n, archive, depth);
	if (members == MEMBERS_MOST)
		report_error(j->report, "limit", "mail.members", NULL, 0, 0, "more than %d members of an attached archive: the others are not judged", MEMBERS_MOST);
	if (c)
		format_close(c);
}

static void attachment_judge(struct judging *j, const struct mime_part *p, const struct buffer *b)
{
	struct mail_text name = p->names ? p->name[0] : (struct mail_text){ "", 0 };
	const char *type = filetype_of(b->data ? b->data : (const uint8_t *)"", b->length);
	struct mail_text shown = { arena_format(j->arena, "%.*s (%s)", (int)(name.length < 200 ? name.length : 200), name.text, type), 0 };
	shown.length = strlen(shown.text);
	enum kind kind = KIND_OTHER;
	for (unsigned k = 0; k < p->names; k++) {
		size_t row = row_of(p->name[k]);
		enum kind found = row < sizeof kinds / sizeof *kinds ? kinds[row].kind : KIND_OTHER;
		kind = !k || runs(found) ? found : kind;
		if (p->name[k].length && double_name(p->name[k]))
			sign_seen(j, SIGN_attach_double_name, p->name[k]);
		if (!k && row < sizeof kinds / sizeof *kinds && b->length && !type_fits(kinds[row].types, type) && acts(type))
			sign_seen(j, SIGN_attach_type_differs, shown);
	}
	if (kind == KIND_PROGRAM || !strcmp(type, "pe"))
		sign_seen(j, SIGN_attach_program, shown);
	if (kind == KIND_CARRIER || !strcmp(type, "lnk") || !strcmp(type, "onenote") || !strcmp(type, "chm"))
		sign_seen(j, SIGN_attach_shortcut, shown);
	if (kind == KIND_WEB && (mail_text_is(p->disposition, "attachment") || !mail_text_is(p->type, "text/html")))
		sign_seen(j, SIGN_attach_web_page, shown);
	links_judge(j, p, b, type, kind);
	bool macro = macros(b, type);
	if (kind == KIND_MACRO_DOCUMENT || macro)
		sign_seen(j, SIGN_attach_macro, shown);
	if (!strcmp(type, "zip") && kind != KIND_DOCUMENT && kind != KIND_MACRO_DOCUMENT) {
		struct source *source = source_of_memory(b->data, b->length, false);
		members_judge(j, source, name, NESTED_MOST);
		source_close(source);
	}
}

void judge_attachments(struct judging *j)
{
	struct buffer bytes = { 0 };
	size_t left = BYTES_MOST;
	for (unsigned i = 0; i < j->mime->parts; i++) {
		const struct mime_part *p = &j->mime->part[i];
		bool text = p->type.length >= 5 && memcmp(p->type.text, "text/", 5) == 0;
		if (text && !p->names && !mail_text_is(p->disposition, "attachment"))
			continue;
		buffer_clear(&bytes);
		if (p->raw_length > left) {
			report_error(j->report, "limit", "mail.judged", NULL, 0, 0, "more than %d MiB attached: of the rest only names are judged", BYTES_MOST >> 20);
			left = 0;
		} else {
			left -= p->raw_length;
			mime_decode(p, &bytes);
		}
		attachment_judge(j, p, &bytes);
	}
	buffer_free(&bytes);
}
