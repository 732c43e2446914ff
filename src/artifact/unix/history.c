/* SPDX-License-Identifier: Apache-2.0 */
/* history.c: shell histories: which commands a user typed, and when, where the shell kept that.
 *
 * bash (bash(1), HISTTIMEFORMAT): a line "#<unix seconds>" before the command; everything up to the next such line is one command, which may have several lines.
 * Commands before the first stamp (a history that began without times) have none. tcsh writes "#+<seconds>". zsh with EXTENDED_HISTORY (zshoptions(1)):
 * ": <start>:<elapsed>;command", a backslash at the line's end continues it, and bytes 0x83..0xA2 and NUL are "metafied": 0x83, then byte ^ 0x20. fish
 * (fish-shell src/history.cpp): "- cmd: text" with \n and \\ escaped, "  when: seconds". One file may hold several of these forms, so the form is told by each line.
 * Commands without a time give no event; the artifact record says how many there are. */
#include <string.h>

#include "artifact/artifact.h"
#include "artifact/lines.h"
#include "base/text.h"
#include "format/format.h"

enum { COMMAND_MAX = 64 * 1024, MESSAGE_BYTES = 4096, STAMP_DIGITS_MIN = 9, STAMP_DIGITS_MAX = 10 };

struct history {
	struct parse *parse;
	const char *shell;              /* of the pending command */
	struct buffer command, user, message;
	uint64_t offset, end;           /* of the pending command, stamp included */
	bool pending, timed;
	uint64_t seconds, elapsed;
	bool has_elapsed;
	uint64_t untimed, cut;
};

/* Digits only, `least` to `most` of them; moves past them. */
static bool digits(const uint8_t **at, const uint8_t *end, size_t least, size_t most, uint64_t *value)
{
	const uint8_t *from = *at, *to = from;
	uint64_t v = 0;
	while (to < end && *to >= '0' && *to <= '9' && (size_t)(to - from) < most)
		v = v * 10 + (uint64_t)(*to++ - '0');
	if ((size_t)(to - from) < least || (to < end && *to >= '0' && *to <= '9'))
		return false;
	*at = to;
	*value = v;
	return true;
}

static void finish(struct history *h)
{
	if (!h->pending)
		return;
	h->pending = false;
	while (h->command.length && h->command.data[h->command.length - 1] == '\n')
		h->command.length--;
	struct parse *p = h->parse;
	if (!h->command.length) {
		h->timed = false;
		return;
	}
	struct record_builder r;
	struct timestamp t = time_from_unix((int64_t)h->seconds, 0, TIME_S);
	if (!h->timed) {
		h->untimed++;
	} else if (parse_event(p, &r, &t, "command_typed", "Recorded Time", h->offset, h->end - h->offset)) {
		if (h->user.length)
			record_text(&r, F_USER, (const char *)h->user.data, h->user.length);
		record_map(&r, F_DATA);
		value_string(&r, "shell", h->shell);
		value_evidence_text(&r, "command", h->command.data, h->command.length, TEXT_UTF8);
		if (h->has_elapsed)
			value_number(&r, "elapsed_seconds", h->elapsed);
		record_close(&r);
		buffer_clear(&h->message);
		buffer_text(&h->message, h->shell);
		buffer_text(&h->message, ": ");
		message_text(&h->message, h->command.data, h->command.length, MESSAGE_BYTES);
		parse_event_end(p, &r, (const char *)h->message.data, h->message.length);
	}
	h->timed = false;
}

static void begin(struct history *h, const struct line *line, const char *shell, bool timed, uint64_t seconds)
{
	finish(h);
	buffer_clear(&h->command);
	h->shell = shell;
	h->pending = true;
	h->timed = timed;
	h->seconds = seconds;
	h->has_elapsed = false;
	h->elapsed = 0;
	h->offset = h->end = line->offset;
}

static void extend(struct history *h, const struct line *line, const uint8_t *bytes, size_t length)
{
	if (h->command.length + length > COMMAND_MAX) {
		h->cut++;
		length = COMMAND_MAX > h->command.length ? COMMAND_MAX - h->command.length : 0;
	}
	buffer_append(&h->command, bytes, length);
	h->end = line->offset + line->length;
}

/* zsh keeps some bytes as 0x83 and byte ^ 0x20 (Src/utils.c, unmetafy). */
static void unmetafy(struct buffer *b, size_t from)
{
	size_t to = from;
	for (size_t i = from; i < b->length; i++)
		b->data[to++] = b->data[i] == 0x83 && i + 1 < b->length ? b->data[++i] ^ 0x20 : b->data[i];
	b->length = to;
}

static void fish_unescape(struct buffer *b)
{
	size_t to = 0;
	for (size_t i = 0; i < b->length; i++) {
		uint8_t byte = b->data[i];
		if (byte == '\\' && i + 1 < b->length && (b->data[i + 1] == 'n' || b->data[i + 1] == '\\'))
			byte = b->data[++i] == 'n' ? '\n' : '\\';
		b->data[to++] = byte;
	}
	b->length = to;
}

/* zsh goes on at any last backslash, also behind another one, which is then the command's own (Src/hist.c, readhistline). */
static bool goes_on(const struct line *line)
{
	return line->length && line->bytes[line->length - 1] == '\\';
}

static bool starts(const struct line *line, const char *text)
{
	size_t length = strlen(text);
	return line->length >= length && memcmp(line->bytes, text, length) == 0;
}

/* ": start:elapsed;" of zsh. */
static bool zsh_head(const struct line *line, uint64_t *start, uint64_t *elapsed, size_t *length)
{
	const uint8_t *at = line->bytes + 2, *end = line->bytes + line->length;
	if (!starts(line, ": "))
		return false;
	while (at < end && *at == ' ')
		at++;
	if (!digits(&at, end, 1, STAMP_DIGITS_MAX, start) || at == end || *at++ != ':' || !digits(&at, end, 1, STAMP_DIGITS_MAX, elapsed) || at == end || *at++ != ';')
		return false;
	*length = (size_t)(at - line->bytes);
	return true;
}

static bool bash_stamp(const struct line *line, uint64_t *seconds, bool *tcsh)
{
	const uint8_t *at = line->bytes + 1, *end = line->bytes + line->length;
	if (!starts(line, "#"))
		return false;
	*tcsh = at < end && *at == '+';
	at += *tcsh;
	return digits(&at, end, STAMP_DIGITS_MIN, STAMP_DIGITS_MAX, seconds) && at == end;
}

/* shell: what commands without any mark are called; fish: its pseudo-YAML, in which other lines are no commands. */
static void history_parse(struct parse *p, const char *shell, bool fish)
{
	struct history h = { .parse = p, .shell = shell };
	struct lines lines = lines_of(p);
	struct line line;
	bool continued = false, zsh = false;
	size_t zsh_from = 0;
	path_user(&h.user, p->node);
	while (lines_next(&lines, &line)) {
		uint64_t seconds, elapsed;
		size_t head;
		bool tcsh;
		if (continued) {
			h.command.data[h.command.length - 1] = '\n';    /* the backslash goes */
			zsh_from = h.command.length;
			extend(&h, &line, line.bytes, line.length);
			unmetafy(&h.command, zsh_from);
			continued = goes_on(&line) && h.command.length && h.command.data[h.command.length - 1] == '\\';
			continue;
		}
		if (fish) {
			if (starts(&line, "- cmd: ")) {
				begin(&h, &line, "fish", false, 0);
				extend(&h, &line, line.bytes + 7, line.length - 7);
				fish_unescape(&h.command);
			} else if (h.pending && starts(&line, "  when: ")) {
				const uint8_t *at = line.bytes + 8;
				h.timed = digits(&at, line.bytes + line.length, 1, STAMP_DIGITS_MAX, &h.seconds);
				h.end = line.offset + line.length;
			}
			continue;
		}
		if (zsh_head(&line, &seconds, &elapsed, &head)) {
			begin(&h, &line, "zsh", true, seconds);
			zsh = true;
			h.has_elapsed = true;
			h.elapsed = elapsed;
			extend(&h, &line, line.bytes + head, line.length - head);
			unmetafy(&h.command, 0);
			continued = goes_on(&line) && h.command.length && h.command.data[h.command.length - 1] == '\\';
		} else if (bash_stamp(&line, &seconds, &tcsh)) {
			begin(&h, &line, tcsh ? "tcsh" : shell, true, seconds);
			zsh = false;
		} else if (h.pending && h.timed && !zsh) {
			extend(&h, &line, line.bytes, line.length);     /* bash: up to the next stamp */
			buffer_byte(&h.command, '\n');
		} else if (line.length) {
			begin(&h, &line, shell, false, 0);
			extend(&h, &line, line.bytes, line.length);
		}
	}
	finish(&h);
	lines_close(&lines);
	if (h.cut)
		report_error(p->report, "limit", "history.command", NULL, 0, 0, "%llu commands are longer than %d bytes: only their beginning was kept", (unsigned long long)h.cut, COMMAND_MAX);
	struct record_builder r = record_begin(p->out, RECORD_ARTIFACT);
	record_string(&r, F_ARTIFACT_ID, p->artifact_id);
	record_number(&r, F_EVENTS, p->events);
	record_map(&r, F_DATA);
	value_string(&r, "shell", shell);
	value_number(&r, "commands", p->events + h.untimed);
	value_number(&r, "without_time", h.untimed);
	record_close(&r);
	record_end(&r);
	buffer_free(&h.command);
	buffer_free(&h.user);
	buffer_free(&h.message);
}

/* Text: no NUL in the head (ksh keeps a binary history). */
static bool history_probe(const uint8_t *head, size_t length, bool named)
{
	return named && length && !memchr(head, 0, length < 4096 ? length : 4096);
}

static void bash_parse(struct parse *p)
{
	history_parse(p, "bash", false);
}

static void zsh_parse(struct parse *p)
{
	history_parse(p, "zsh", false);
}

static void fish_parse(struct parse *p)
{
	history_parse(p, "fish", true);
}

static void sh_parse(struct parse *p)
{
	history_parse(p, "sh", false);
}

static bool name_has(const struct node *n, const char *text)
{
	return n->name.length && memmem(n->name.bytes, n->name.length, text, strlen(text)) != NULL;
}

/* macOS rows hold both shells; the name tells. */
static void macos_parse(struct parse *p)
{
	history_parse(p, p->node && name_has(p->node, "bash") ? "bash" : p->node && name_has(p->node, ".sh_") ? "sh" : "zsh", false);
}

const struct artifact_parser artifact_history_bash = {
	.id = "lx.bash", .about = "bash history with times", .events = "command_typed", .attack = "T1059.004", .probe = history_probe, .parse = bash_parse,
};
const struct artifact_parser artifact_history_zsh = {
	.id = "lx.zsh", .about = "zsh extended history", .events = "command_typed", .attack = "T1059.004", .probe = history_probe, .parse = zsh_parse,
};
const struct artifact_parser artifact_history_fish = {
	.id = "lx.fish", .about = "fish history", .events = "command_typed", .attack = "T1059.004", .probe = history_probe, .parse = fish_parse,
};
const struct artifact_parser artifact_history_sh = {
	.id = "lx.ksh", .about = "text histories of sh, ash, mksh and tcsh", .events = "command_typed", .attack = "T1059.004", .probe = history_probe, .parse = sh_parse,
};
const struct artifact_parser artifact_history_macos = {
	.id = "mc.shell", .about = "macOS shell histories and sessions", .events = "command_typed", .attack = "T1059.004", .probe = history_probe, .parse = macos_parse,
};
