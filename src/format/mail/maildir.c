/* SPDX-License-Identifier: Apache-2.0 */
/* maildir.c: the state of a message in a Maildir (D. J. Bernstein, "Using maildir format"; folders as Maildir++ has them: folders in the folder whose names begin with a dot).
 *
 * The file is plain RFC 5322. What is known of it stands in its name behind ":2," (";", "!", "_" or "-" where the file system allows no colon): letters, in lower case those
 * that the server's own table gives keywords (Dovecot). "new" was not seen by any mail program yet, "tmp" was never delivered wholly. A compressed message is an archive's
 * member of the same name, in no directory. */
#include <string.h>

#include "format/mail/maildir.h"

enum { SECONDS_DIGITS = 9 };    /* a delivery's name begins with its Unix time: 9 digits since 1973 */

static const char *const keyword[26] = { "keyword_a", "keyword_b", "keyword_c", "keyword_d", "keyword_e", "keyword_f", "keyword_g", "keyword_h", "keyword_i", "keyword_j", "keyword_k",
	"keyword_l", "keyword_m", "keyword_n", "keyword_o", "keyword_p", "keyword_q", "keyword_r", "keyword_s", "keyword_t", "keyword_u", "keyword_v", "keyword_w", "keyword_x",
	"keyword_y", "keyword_z" };

static const char *letter_word(uint8_t c)
{
	switch (c) {
	case 'P': return "forwarded";   /* passed: resent, forwarded or bounced */
	case 'R': return "replied";
	case 'S': return "read";
	case 'T': return "deleted";     /* to be removed when the folder is next expunged */
	case 'D': return "draft";
	case 'F': return "flagged";
	default: return c >= 'a' && c <= 'z' ? keyword[c - 'a'] : NULL;
	}
}

/* The name of the directory that holds it is `word`. */
static bool lies_in(const struct node *n, const char *word)
{
	size_t length = strlen(word);
	const char *path = (const char *)n->path.bytes, *name = n->path.length ? memrchr(path, '/', n->path.length) : NULL;
	return name && (size_t)(name - path) > length && name[-1 - (ptrdiff_t)length] == '/' && memcmp(name - length, word, length) == 0;
}

static bool begins_with_time(struct node_text name)
{
	size_t digits = 0;
	while (digits < name.length && name.bytes[digits] >= '0' && name.bytes[digits] <= '9')
		digits++;
	return digits >= SECONDS_DIGITS && digits < name.length && name.bytes[digits] == '.';
}

size_t maildir_flags(const struct node *n, const char *flag[MAILDIR_FLAGS_MAX])
{
	size_t flags = 0;
	const char *stage = lies_in(n, "new") ? "new" : lies_in(n, "tmp") ? "incomplete" : NULL;
	if (!begins_with_time(n->name) && !lies_in(n, "cur"))
		return 0;
	if (stage && begins_with_time(n->name))
		flag[flags++] = stage;
	for (size_t i = n->name.length; i-- > 0;) {
		const uint8_t *p = n->name.bytes + i;
		if (n->name.length - i < 3 || !strchr(":;!_-", *p) || !*p || p[1] != '2' || p[2] != ',')
			continue;
		for (size_t k = 3; k < n->name.length - i && flags < MAILDIR_FLAGS_MAX; k++) {
			const char *word = letter_word(p[k]);
			bool twice = false;
			for (size_t f = 0; f < flags; f++)
				twice |= flag[f] == word;
			if (word && !twice)
				flag[flags++] = word;
		}
		break;
	}
	return flags;
}
