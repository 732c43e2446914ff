/* SPDX-License-Identifier: Apache-2.0 */
/* history.c: commands of bash and zsh with their times.
 * bash (manual, HISTTIMEFORMAT): a line "#SECONDS" before each command; a command may span lines. zsh (manual, EXTENDED_HISTORY): ": START:ELAPSED;COMMAND", a
 * backslash at the end of a line continues it, bytes are kept "metafied": 0x83, then the byte with bit 5 turned. Commands without a time give no event; their number is told. */
#include <string.h>

#include "artifact/artifact.h"
#include "format/format.h"

enum { COMMAND_MOST = 64 * 1024 };

static size_t line_of(const struct parse *p, size_t at)
{
	const uint8_t *end = memchr(p->bytes + at, '\n', p->length - at);
	return end ? (size_t)(end - p->bytes) - at : p->length - at;
}

static size_t digits(const uint8_t *p, size_t n, uint64_t *v)
{
	size_t i = 0;
	for (*v = 0; i < n && i < 12 && p[i] >= '0' && p[i] <= '9'; i++)
		*v = *v * 10 + (uint64_t)(p[i] - '0');
	return i;
}

static void command(struct parse *p, uint64_t seconds, const char *shell, const struct buffer *text, size_t at, size_t length)
{
	struct timestamp t = time_from_unix((int64_t)seconds, 0, TIME_S);
	struct record_builder r;
	size_t n = text->length < COMMAND_MOST ? text->length : COMMAND_MOST;
	if (!parse_event(p, &r, &t, "shell:command", "Command Execution Time", at, length))
		return;
	struct buffer m = { 0 };
	buffer_format(&m, "%s: ", shell);
	text_to_utf8(&m, text->data, n, TEXT_UTF8);
	record_text(&r, F_PATH, (const char *)p->node->path.bytes, p->node->path.length);
	record_map(&r, F_DATA);
	value_evidence_text(&r, "command", text->data, n, TEXT_UTF8);
	value_string(&r, "shell", shell);
	record_close(&r);
	parse_event_end(p, &r, (const char *)m.data, m.length);
	buffer_free(&m);
}

static void untimed(struct parse *p, uint64_t count)
{
	if (count)
		report_note(p->report, "history.untimed", p->node->step, 0, 0, "%llu commands have no time", (unsigned long long)count);
}

static void bash_parse(struct parse *p)
{
	struct buffer text = { 0 };
	uint64_t seconds = 0, loose = 0;
	size_t start = 0;
	bool timed = false;
	for (size_t at = 0; p->bytes && at < p->length;) {
		size_t n = line_of(p, at);
		uint64_t v;
		size_t d = n > 1 && p->bytes[at] == '#' ? digits(p->bytes + at + 1, n - 1, &v) : 0;
		if (d >= 9 && d == n - 1) {
			if (timed && text.length)
				command(p, seconds, "bash", &text, start, at - start);
			buffer_clear(&text);
			timed = true;
			seconds = v;
			start = at;
		} else if (timed && n) {
			if (text.length)
				buffer_byte(&text, '\n');
			if (text.length < COMMAND_MOST)
				buffer_append(&text, p->bytes + at, n);
		} else {
			loose += n > 0;
		}
		at += n + 1;
	}
	if (timed && text.length)
		command(p, seconds, "bash", &text, start, p->length - start);
	untimed(p, loose);
	buffer_free(&text);
}

static void zsh_parse(struct parse *p)
{
	struct buffer text = { 0 };
	uint64_t loose = 0;
	for (size_t at = 0; p->bytes && at < p->length;) {
		size_t start = at, n = line_of(p, at), from = 0;
		uint64_t seconds = 0, elapsed;
		const uint8_t *l = p->bytes + at;
		bool timed = n > 4 && l[0] == ':' && l[1] == ' ';
		if (timed) {
			size_t d = digits(l + 2, n - 2, &seconds);
			timed = d >= 9 && 2 + d < n && l[2 + d] == ':';
			if (timed) {
				from = 3 + d + digits(l + 3 + d, n - 3 - d, &elapsed);
				timed = from < n && l[from++] == ';';
			}
		}
		buffer_clear(&text);
		for (;;) {
			l = p->bytes + at;
			bool more = n && l[n - 1] == '\\' && at + n < p->length;
			for (size_t i = from; i < n - more && text.length < COMMAND_MOST; i++) {
				if (l[i] == 0x83 && i + 1 < n - more)
					buffer_byte(&text, l[++i] ^ 32);
				else
					buffer_byte(&text, l[i]);
			}
			at += n + 1;
			if (!more || at >= p->length)
				break;
			buffer_byte(&text, '\n');
			n = line_of(p, at);
			from = 0;
		}
		if (timed)
			command(p, seconds, "zsh", &text, start, (at < p->length ? at : p->length) - start);
		else
			loose += text.length > 0;
	}
	untimed(p, loose);
	buffer_free(&text);
}

const struct artifact_parser artifact_bash = { .id = "lx.bash", .about = "bash history with times", .events = "shell:command", .attack = "T1059.004", .parse = bash_parse };
const struct artifact_parser artifact_zsh = { .id = "lx.zsh", .about = "zsh extended history", .events = "shell:command", .attack = "T1059.004", .parse = zsh_parse };
