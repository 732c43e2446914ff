/* SPDX-License-Identifier: Apache-2.0 */
/* mail_signs.h: what the files of the judgement of mail share: the message in hand, its signs, the tables of names. Nobody else includes it. */
#ifndef SPOOR_DETECT_MAIL_SIGNS_H
#define SPOOR_DETECT_MAIL_SIGNS_H

#include "detect/mail.h"
#include "format/mail/auth.h"
#include "format/mail/link.h"
#include "format/mail/mime.h"

enum mail_sign {
#define SIGN(name, weight, flags, about) SIGN_##name,
#include "detect/mail_signs.def"
#undef SIGN
	MAIL_SIGNS
};
enum mail_word { WORD_SHORTENER, WORD_FILE_HOST, WORD_FREE_HOST, WORD_CHEAP_TLD, WORD_FREEMAIL };
enum { SEEN_MOST = 4, SEEN_LENGTH = 300, OWN_MOST = 32, LINKS_KEPT = 64, HOSTS_KEPT = 32 };

struct mail_seen { const char *text; };
struct judging {
	const struct mail_options *o;
	const struct mime *mime;
	const uint8_t *message; size_t length;                  /* all of it, from its header on */
	struct reporter *report;
	struct arena *arena;
	struct mail_text own[OWN_MOST]; unsigned owns;          /* registered domains */
	struct mail_text recipient[OWN_MOST]; unsigned recipients;      /* addresses */
	bool own_given, bulk;
	struct mail_address from;
	struct mail_text from_domain;                           /* registered */
	unsigned seen[MAIL_SIGNS];                              /* how often */
	const char *text[MAIL_SIGNS][SEEN_MOST];                /* in what, in the arena */
	struct auth_verdict auth;
	bool links;                                             /* there are any to the web */
	unsigned links_seen;
	struct { struct mail_text host; const char *how; bool own; } disguise[HOSTS_KEPT]; unsigned disguises;    /* of hosts that were looked at: a message names few, often */
	struct { struct mail_text shown, target; const char *by; } link[LINKS_KEPT]; unsigned links_kept;      /* those that were decoded */
};

/* The sign was seen in this text; the first few different ones are kept. */
void sign_seen(struct judging *j, enum mail_sign sign, struct mail_text in);
/* The host or one above it is of that kind. For WORD_CHEAP_TLD its last label. */
bool host_known(struct mail_text host, enum mail_word kind);
/* The brand that a name speaks of, and that the domain is not one of. NULL: none. */
const char *brand_in_name(struct mail_text name, struct mail_text domain);
/* Passes for one of the own domains, for a brand's, or mixes scripts: how, else NULL. *own: it is the own. */
const char *domain_disguise(struct judging *j, struct mail_text host, bool *own);
struct mail_text mail_host_of(struct mail_text address);        /* behind the last "@" */
bool mail_same(struct mail_text a, struct mail_text b);         /* any ASCII case */

void judge_headers(struct judging *j);          /* mail_headers.c */
void judge_bodies(struct judging *j);           /* mail_bodies.c: links and HTML */
void judge_link(struct judging *j, struct mail_text address, struct mail_text text);   /* text: what is shown for it, or empty */
void judge_page(struct judging *j, struct mail_text html);      /* a page that is no body: its links and scripts */
void judge_attachments(struct judging *j);      /* mail_attachments.c */

#endif
