/* SPDX-License-Identifier: Apache-2.0 */
/* ioc.h: lists of indicators: hashes, names of files, domains, addresses, URLs, mail addresses. */
#ifndef SPOOR_DETECT_IOC_H
#define SPOOR_DETECT_IOC_H

#include "base/memory.h"

enum ioc_kind { IOC_MD5, IOC_SHA1, IOC_SHA256, IOC_NAME, IOC_DOMAIN, IOC_IP, IOC_URL, IOC_EMAIL, IOC_KINDS };

struct ioc {
	enum ioc_kind kind;
	char *value;                    /* as it is compared: lower case, "/" in paths; owned */
	char *about;                    /* what the list says of it; owned, may be empty */
	uint32_t list, line;            /* number of the list; line in it, from 1 */
	bool part;                      /* the list asks for others beside it (OpenIOC, AND) */
	uint32_t next;                  /* of the same key; UINT32_MAX: none */
};

struct ioc_set {
	struct ioc *ioc; size_t iocs, room;
	char **list; size_t lists;      /* their names; owned */
	uint32_t *slot; size_t slots;   /* open addressing by key; UINT32_MAX: free */
	bool has[IOC_KINDS];
};

/* Adds a list: text in lines or CSV, STIX 2.1 bundle, MISP event (both JSON), OpenIOC (XML), by what it begins with. For each line that gives no indicator
 * `failed` is called, up to a bound, then once to say so. Returns how many indicators it gave. */
size_t ioc_read(struct ioc_set *s, const char *name, const char *text, size_t length, void (*failed)(void *owner, const char *name, const char *message), void *owner);
void ioc_free(struct ioc_set *s);

/* One indicator. kind: IOC_KINDS: by what it looks like. The value may be written harmlessly (hxxp, [.]). NULL, or why it is none (static text). */
const char *ioc_add(struct ioc_set *s, enum ioc_kind kind, const char *value, size_t length, const char *about, size_t about_length, uint32_t line, bool part);
/* The kind that a list's word for it means ("sha256", "ip-dst", "FileItem/Md5sum"), or IOC_KINDS. */
enum ioc_kind ioc_kind_named(const char *word, size_t length);
const char *ioc_kind_name(enum ioc_kind kind);

/* Each indicator that is met is told once a call; at, length: where it stands in the text. */
typedef void ioc_found(void *owner, const struct ioc *i, const char *at, size_t length);
void ioc_match_hash(const struct ioc_set *s, enum ioc_kind kind, const uint8_t *digest, size_t length, ioc_found *found, void *owner);
/* A path with "/" or "\", or a bare name: names of the list that it ends with, at a boundary. */
void ioc_match_path(const struct ioc_set *s, const char *path, size_t length, ioc_found *found, void *owner);
/* Any text: domains (also as parents), addresses, URLs, hashes, names of files in it. */
void ioc_match_text(const struct ioc_set *s, const char *text, size_t length, ioc_found *found, void *owner);

#endif
