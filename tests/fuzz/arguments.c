/* SPDX-License-Identifier: Apache-2.0 */
/* arguments.c: what the analyst gives: command lines and lists of keys. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <unistd.h>

#include "base/keys.h"
#include "cli/options.h"

/* One module that has every option. */
const struct module modules[] = { { .name = "fuzz", .bit = M_ALL, .operands = "", .about = "" }, { 0 } };

/* Words end at NUL or at a line break. Refused, or what is set lies within what the table of options allows. */
void fuzz_options(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	enum { WORDS = 64 };
	(void)t;
	static FILE *nowhere;
	char *text = memory_copy(data, size), *word[WORDS + 1] = { NULL };
	int words = 0;
	word[words++] = (char[]){ "fuzz" };
	for (size_t at = 0; at < size && words < WORDS; at += strcspn(text + at, "\n") + 1) {
		word[words++] = text + at;
		text[at + strcspn(text + at, "\n")] = 0;
	}
	if (!nowhere)
		demand((nowhere = fopen("/dev/null", "w")) != NULL);
	FILE *kept = stderr;
	struct settings s = { 0 };
	stderr = nowhere;
	bool good = options_parse(&modules[0], &s, words, word);
	stderr = kept;
	if (good) {
		demand(s.workers <= 64 && s.exit_findings <= 100 && s.hang_seconds <= 86400 && (!s.keys_fd || s.keys_fd >= 3));
		demand(s.rules.count <= sizeof s.rules.path / sizeof *s.rules.path && s.operands < (unsigned)words);
		for (unsigned i = 0; i < s.operands; i++)
			demand(s.operand[i] != NULL);
	}
	options_free(&s);
	free(text);
}

/* Refused with its line, or the entries follow each other to the end. No path of the input leads anywhere: it holds no '/', and the folder is an empty one. */
void fuzz_keys(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	enum { MOST = 48 << 10 };
	(void)t;
	static bool elsewhere;
	static uint8_t list[MOST];
	if (!elsewhere) {
		char folder[] = "/tmp/fuzz-keys-XXXXXX";
		demand(mkdtemp(folder) && !chdir(folder) && !rmdir(folder));
		elsewhere = true;
	}
	char *text = memory_copy(data, size);
	for (size_t i = 0; i < size; i++)
		if (text[i] == '/')
			text[i] = '_';
	size_t length, at = 0, lines = 1;
	unsigned line;
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	if (keys_parse(text, size, list, sizeof list, &length, &line)) {
		demand(line && line <= lines);
	} else {
		struct key k;
		demand(length <= sizeof list);
		while (keys_next(list, length, &at, &k)) {
			uint8_t secret[16];
			demand(key_kind_name(k.kind) && k.length && k.bytes + k.length == list + at);
			demand(k.kind != KEY_RECOVERY || recovery_bytes(k.bytes, k.length, secret));
		}
		demand(at == length);
	}
	struct key any;
	for (at = 0; keys_next(data, size, &at, &any);)
		demand(any.length <= size && at <= size);
	free(text);
}
