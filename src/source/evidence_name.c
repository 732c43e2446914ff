/* SPDX-License-Identifier: Apache-2.0 */
/* evidence_name.c: see evidence_name.h. EWF names: libewf documentation, "Expert Witness Compression Format", segment file extensions. */
#include "source/evidence_name.h"

#include <string.h>

#include "base/text.h"

enum { LETTERS = 26, PAIRS = LETTERS * LETTERS, NUMBERED = 99, DIGITS_MAX = 9 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_letter(char c) { return is_lower(c) || is_upper(c); }
static char upper(char c) { return is_lower(c) ? (char)(c - 'a' + 'A') : c; }

/* The part behind the last dot; length 0 when there is no dot or nothing in front of it. */
static const char *extension_of(const char *name, size_t length, size_t *extension_length)
{
	*extension_length = 0;
	for (size_t i = length; i-- > 1;)
		if (name[i] == '.') {
			*extension_length = length - i - 1;
			return name + i + 1;
		}
	return name + length;
}

/* The last three (E01) or four (Ex01) characters: `lead` is the letter that counts on after ZZ, `base` the one that it starts from. */
static bool ewf_number(const char *tail, char lead, char base, uint64_t *number)
{
	if (is_digit(tail[0]) && is_digit(tail[1])) {
		unsigned n = (unsigned)(tail[0] - '0') * 10 + (unsigned)(tail[1] - '0');
		*number = n - 1;
		return n >= 1 && upper(lead) == base;
	}
	if (!is_letter(tail[0]) || !is_letter(tail[1]) || is_upper(tail[0]) != is_upper(tail[1]) || upper(lead) < base)
		return false;
	*number = NUMBERED + (uint64_t)(upper(lead) - base) * PAIRS + (uint64_t)(upper(tail[0]) - 'A') * LETTERS + (uint64_t)(upper(tail[1]) - 'A');
	return true;
}

/* Three letters may be anything (dmg, img, raw, vmdk): only a lead of E..., S... or L... that numbers have shown is a segment, so EAA
 * and the like count by their first letter alone, as E, when they begin with E or F. The broker starts from first parts: it does not matter much. */
static bool ewf_scheme(const char *e, size_t length, uint64_t *number)
{
	if (length != 3 || !is_letter(e[0]))
		return false;
	if (is_digit(e[1]))
		return (upper(e[0]) == 'E' || upper(e[0]) == 'S' || upper(e[0]) == 'L') && ewf_number(e + 1, e[0], upper(e[0]), number);
	return upper(e[0]) == 'E' && is_upper(e[0]) == is_upper(e[1]) && ewf_number(e + 1, e[0], 'E', number);
}

static bool ewf2_scheme(const char *e, size_t length, uint64_t *number)
{
	return length == 4 && (upper(e[0]) == 'E' || upper(e[0]) == 'L') && is_letter(e[1]) && upper(e[1]) >= 'X' && ewf_number(e + 2, e[1], 'X', number);
}

static bool digits_scheme(const char *e, size_t length, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < length; i++) {
		if (!is_digit(e[i]))
			return false;
		*number = *number * 10 + (uint64_t)(e[i] - '0');
	}
	return length >= 3 && length <= DIGITS_MAX;
}

/* What stands before ".vmdk" in the name of an extent. Numbers of parts: 1 flat, 2 delta, then s001, f001, s002, f002 ... */
enum { VMDK_FLAT = 1, VMDK_DELTA, VMDK_NUMBERED, VMDK_COUNT_MAX = 9999 };
static const struct { const char *suffix; uint64_t number; } vmdk_suffix[] = { { "-flat", VMDK_FLAT }, { "-delta", VMDK_DELTA } };

static bool ends(const char *name, size_t length, const char *suffix)
{
	size_t n = strlen(suffix);
	return length > n && text_equal_nocase(name + length - n, n, suffix, n);
}

/* stem: the name without its extension. *cut: how much of it names the part. */
static uint64_t vmdk_number(const char *stem, size_t length, size_t *cut)
{
	size_t digits = 0;
	uint64_t n = 0;
	*cut = 0;
	for (size_t i = 0; i < sizeof vmdk_suffix / sizeof *vmdk_suffix; i++)
		if (ends(stem, length, vmdk_suffix[i].suffix)) {
			*cut = strlen(vmdk_suffix[i].suffix);
			return vmdk_suffix[i].number;
		}
	while (digits < length && digits < 5 && is_digit(stem[length - 1 - digits]))
		digits++;
	if (digits < 3 || digits > 4 || length < digits + 3 || stem[length - digits - 2] != '-')
		return 0;
	char kind = upper(stem[length - digits - 1]);
	for (size_t i = length - digits; i < length; i++)
		n = n * 10 + (uint64_t)(stem[i] - '0');
	if (!n || (kind != 'S' && kind != 'F'))
		return 0;
	*cut = digits + 2;
	return VMDK_NUMBERED + (n - 1) * 2 + (kind == 'F');
}

static bool is_image_extension(const char *e, size_t length)
{
	static const char *const known[] = { "qcow2", "qcow", "vhd", "avhd", "vhdx", "avhdx", "vdi", "aff" };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (text_equal_nocase(e, length, known[i], strlen(known[i])))
			return true;
	return false;
}

enum evidence_naming evidence_name_scheme(const char *name, size_t length, uint64_t *number)
{
	uint64_t ignored;
	if (!number)
		number = &ignored;
	size_t n;
	const char *e = extension_of(name, length, &n);
	if (ewf_scheme(e, n, number))
		return NAMING_EWF;
	if (ewf2_scheme(e, n, number))
		return NAMING_EWF2;
	if (digits_scheme(e, n, number))
		return NAMING_NUMBERS;
	if (text_equal_nocase(e, n, "vmdk", 4)) {
		*number = vmdk_number(name, length - n - 1, &(size_t){ 0 });
		return NAMING_VMDK;
	}
	if (is_image_extension(e, n)) {
		*number = 0;
		return NAMING_IMAGE;
	}
	if (n == 2 && is_lower(e[0]) && is_lower(e[1])) {
		*number = (uint64_t)(e[0] - 'a') * LETTERS + (uint64_t)(e[1] - 'a');
		/* "x.gz", "x.db": only the first few suffixes can be told from other names; they are what a set begins with */
		if (e[0] == 'a')
			return NAMING_LETTERS;
	}
	*number = 0;
	return NAMING_SINGLE;
}

bool evidence_name_is_first(const char *name, size_t length)
{
	uint64_t number;
	switch (evidence_name_scheme(name, length, &number)) {
	case NAMING_NUMBERS:
		return number <= 1;
	case NAMING_SINGLE:
		return true;
	default:
		return number == 0;
	}
}

/* Appends what follows the lead letter, counted from `lead` itself; false behind Z. */
static bool ewf_append(struct buffer *out, char lead, bool low, uint64_t n)
{
	if (n < NUMBERED) {
		buffer_byte(out, (uint8_t)lead);
		buffer_byte(out, (uint8_t)('0' + (n + 1) / 10));
		buffer_byte(out, (uint8_t)('0' + (n + 1) % 10));
		return true;
	}
	n -= NUMBERED;
	char last = is_lower(lead) ? 'z' : 'Z', a = low ? 'a' : 'A';
	if (n / PAIRS > (uint64_t)(last - lead))
		return false;
	buffer_byte(out, (uint8_t)(lead + (char)(n / PAIRS)));
	buffer_byte(out, (uint8_t)(a + (char)(n % PAIRS / LETTERS)));
	buffer_byte(out, (uint8_t)(a + (char)(n % LETTERS)));
	return true;
}

static bool part_append(struct buffer *out, const char *first, size_t length, uint64_t n)
{
	size_t e_length;
	const char *e = extension_of(first, length, &e_length);
	uint64_t number;
	enum evidence_naming scheme = evidence_name_scheme(first, length, &number);
	buffer_append(out, first, length - e_length);
	switch (scheme) {
	case NAMING_EWF:
		return ewf_append(out, e[0], is_lower(e[0]), n);
	case NAMING_EWF2:
		buffer_byte(out, (uint8_t)e[0]);
		return ewf_append(out, e[1], is_lower(e[0]), n);        /* Ex01 -> ExAA: the case of its first letter */
	case NAMING_NUMBERS: {
		uint64_t wanted;
		if (__builtin_add_overflow(number, n, &wanted))
			return false;
		buffer_format(out, "%0*llu", (int)e_length, (unsigned long long)wanted);
		return true;
	}
	case NAMING_LETTERS:
		if (n >= PAIRS)
			return false;
		buffer_byte(out, (uint8_t)('a' + n / LETTERS));
		buffer_byte(out, (uint8_t)('a' + n % LETTERS));
		return true;
	case NAMING_VMDK: {
		uint64_t count = n < VMDK_NUMBERED ? 0 : (n - VMDK_NUMBERED) / 2 + 1;
		out->length--;          /* the dot */
		if (n == VMDK_FLAT || n == VMDK_DELTA)
			buffer_text(out, vmdk_suffix[n - VMDK_FLAT].suffix);
		else if (n)
			buffer_format(out, "-%c%03llu", (n - VMDK_NUMBERED) % 2 ? 'f' : 's', (unsigned long long)count);
		buffer_byte(out, '.');
		buffer_append(out, e, e_length);
		return count <= VMDK_COUNT_MAX;
	}
	case NAMING_SINGLE: case NAMING_IMAGE:
		break;
	}
	buffer_append(out, e, e_length);
	return n == 0;
}

bool evidence_name_part(struct buffer *out, const char *first, size_t length, uint64_t n)
{
	size_t before = out->length;
	if (evidence_name_is_first(first, length) && part_append(out, first, length, n))
		return true;
	out->length = before;
	return false;
}

bool evidence_name_first(struct buffer *out, const char *name, size_t length, unsigned way)
{
	size_t before = out->length, e_length;
	uint64_t number;
	const char *e = extension_of(name, length, &e_length);
	enum evidence_naming scheme = evidence_name_scheme(name, length, &number);
	if (scheme == NAMING_SINGLE || scheme == NAMING_IMAGE || way > (scheme == NAMING_NUMBERS))
		return false;
	if (scheme == NAMING_VMDK) {
		size_t cut;
		if (!vmdk_number(name, length - e_length - 1, &cut))
			return false;
		buffer_append(out, name, length - e_length - 1 - cut);
		buffer_byte(out, '.');
		buffer_append(out, e, e_length);
		return true;
	}
	buffer_append(out, name, length - e_length);
	if (scheme == NAMING_NUMBERS)
		buffer_format(out, "%0*u", (int)e_length, way);
	else if (scheme == NAMING_LETTERS)
		buffer_text(out, "aa");
	else if (scheme == NAMING_EWF)
		buffer_format(out, "%c01", e[0]);
	else
		buffer_format(out, "%c%c01", e[0], is_lower(e[1]) ? 'x' : 'X');
	if (out->length - before == length && !memcmp(out->data + before, name, length)) {
		out->length = before;
		return false;
	}
	return true;
}

bool evidence_name_rescue(struct buffer *out, const char *name, size_t length, unsigned way)
{
	static const char *const extension[] = { "map", "mapfile", "log" };
	enum { WAYS = sizeof extension / sizeof *extension };
	size_t e_length;
	extension_of(name, length, &e_length);
	if (way >= 2 * WAYS || (way >= WAYS && !e_length))
		return false;
	buffer_append(out, name, way < WAYS ? length : length - e_length - 1);
	buffer_format(out, ".%s", extension[way % WAYS]);
	return true;
}

bool evidence_name_rescue_head(const uint8_t *bytes, size_t length)
{
	static const char *const line[] = { "# Mapfile. Created by GNU ddrescue", "# Rescue Logfile. Created by GNU ddrescue" };
	for (size_t i = 0; i < sizeof line / sizeof *line; i++)
		if (length >= strlen(line[i]) && !memcmp(bytes, line[i], strlen(line[i])))
			return true;
	return false;
}
