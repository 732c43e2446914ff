/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c: see keys.h. The recovery password: libbde, "BitLocker Drive Encryption (BDE) format", section "Recovery password". */
#include "base/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"

enum { HEAD = 5, RECOVERY_DIGITS = 48, GROUP = 6, PATH_MOST = 4096 };

static const struct { const char *name; enum key_kind kind; } kinds[] = {
	{ "password", KEY_PASSWORD }, { "recovery", KEY_RECOVERY }, { "bek", KEY_BEK }, { "file", KEY_FILE }, { "hex", KEY_RAW },
};

void *secret_new(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		_exit(MEMORY_EXHAUSTED_STATUS);
	(void)madvise(p, size, MADV_DONTDUMP);
	(void)madvise(p, size, MADV_WIPEONFORK);
	(void)mlock(p, size);
	return p;
}

void secret_free(void *secret, size_t size)
{
	if (!secret)
		return;
	explicit_bzero(secret, size);
	munmap(secret, size);
}

const char *key_kind_name(enum key_kind kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].kind == kind)
			return kinds[i].name;
	return "unknown";
}

static int hex_digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool recovery_bytes(const uint8_t *digits, size_t length, uint8_t out[16])
{
	if (length != RECOVERY_DIGITS)
		return false;
	for (size_t i = 0; i < RECOVERY_DIGITS / GROUP; i++) {
		uint32_t v = 0;
		for (size_t k = 0; k < GROUP; k++) {
			if (digits[i * GROUP + k] < '0' || digits[i * GROUP + k] > '9')
				return false;
			v = v * 10 + (uint32_t)(digits[i * GROUP + k] - '0');
		}
		if (v % 11 || v / 11 > UINT16_MAX)
			return false;
		out[2 * i] = (uint8_t)(v / 11);
		out[2 * i + 1] = (uint8_t)(v / 11 >> 8);
	}
	return true;
}

/* The value's bytes as they go into the list, or why not. */
static const char *value_take(enum key_kind kind, const uint8_t *value, size_t length, uint8_t *to, size_t room, size_t *taken)
{
	static const char too_much[] = "more keys than fit (48 KiB in all)";
	*taken = 0;
	if (kind == KEY_BEK || kind == KEY_FILE) {
		char path[PATH_MOST];
		if (!length || length >= sizeof path || memchr(value, 0, length))
			return "no file name";
		memcpy(path, value, length);
		path[length] = 0;
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return "the key file can't be opened";
		ssize_t n = 1;
		while (n && *taken < room) {
			n = read(fd, to + *taken, room - *taken);
			if (n < 0 && errno != EINTR)
				break;
			*taken += n > 0 ? (size_t)n : 0;
		}
		close(fd);
		return n < 0 ? "the key file can't be read" : n ? too_much : !*taken ? "the key file is empty" : NULL;
	}
	for (size_t i = 0; i < length; i++) {
		if (*taken == room)
			return too_much;
		if (kind == KEY_PASSWORD) {
			to[(*taken)++] = value[i];
		} else if (kind == KEY_RECOVERY) {
			if (value[i] >= '0' && value[i] <= '9')
				to[(*taken)++] = value[i];
			else if (value[i] != '-' && value[i] != ' ')
				return "a recovery password has digits and hyphens only";
		} else {
			int high = hex_digit(value[i]), low = i + 1 < length ? hex_digit(value[i + 1]) : -1;
			if (high < 0 || low < 0)
				return "a raw key is an even number of hexadecimal digits";
			to[(*taken)++] = (uint8_t)(high << 4 | low);
			i++;
		}
	}
	uint8_t ignored[16];
	bool good = kind != KEY_RECOVERY || recovery_bytes(to, *taken, ignored);
	explicit_bzero(ignored, sizeof ignored);
	if (!good)
		return "a recovery password is 48 digits, each group of six a multiple of 11: one is wrong";
	return *taken ? NULL : "nothing behind the colon";
}

const char *keys_parse(const char *text, size_t text_length, uint8_t *to, size_t most, size_t *length, unsigned *line)
{
	*length = 0;
	*line = 0;
	for (size_t at = 0; at < text_length;) {
		const char *start = text + at, *newline = memchr(start, '\n', text_length - at);
		size_t n = newline ? (size_t)(newline - start) : text_length - at;
		at += n + 1;
		++*line;
		if (n && start[n - 1] == '\r')
			n--;
		if (!n || *start == '#')
			continue;
		const char *colon = memchr(start, ':', n);
		enum key_kind kind = 0;
		for (size_t i = 0; colon && i < sizeof kinds / sizeof *kinds; i++)
			if (strlen(kinds[i].name) == (size_t)(colon - start) && !memcmp(kinds[i].name, start, strlen(kinds[i].name)))
				kind = kinds[i].kind;
		if (!kind)
			return "a line begins with password:, recovery:, bek:, file: or hex:";
		if (most - *length <= HEAD)
			return "more keys than fit (48 KiB in all)";
		size_t taken;
		const char *wrong = value_take(kind, (const uint8_t *)colon + 1, n - (size_t)(colon + 1 - start), to + *length + HEAD, most - *length - HEAD, &taken);
		if (wrong)
			return wrong;
		to[*length] = (uint8_t)kind;
		for (int i = 0; i < 4; i++)
			to[*length + 1 + (size_t)i] = (uint8_t)(taken >> 8 * i);
		*length += HEAD + taken;
	}
	return NULL;
}

bool keys_next(const uint8_t *bytes, size_t length, size_t *at, struct key *k)
{
	if (*at > length || length - *at < HEAD)
		return false;
	const uint8_t *p = bytes + *at;
	size_t n = p[1] | (size_t)p[2] << 8 | (size_t)p[3] << 16 | (size_t)p[4] << 24;
	if (n > length - *at - HEAD)
		return false;
	*k = (struct key){ .kind = (enum key_kind)p[0], .bytes = p + HEAD, .length = n };
	*at += HEAD + n;
	return true;
}
