/* SPDX-License-Identifier: Apache-2.0 */
/* yara.h: YARA rules over buffers that are in memory anyway (libyara 4.2.3).
 *
 * Rule sources come as text from the broker (it opens the files; names are for messages and namespaces only; `include` is off). They are compiled once a run
 * in the nursery, under the sandbox, each file alone first: libyara's compiler is unusable after an error. libyara runs only on content on which some rule may match. */
#ifndef SPOOR_DETECT_YARA_H
#define SPOOR_DETECT_YARA_H

#include "base/memory.h"
#include "format/node.h"

struct yara_rules;
struct yara_source { const char *name; const char *text; size_t length; };      /* name: path below the rule folder; its namespace is the file's stem */

/* Compiles. For each file that does not compile `failed` is called with libyara's own message; the rest goes on. Never NULL. */
struct yara_rules *yara_compile(const struct yara_source *source, size_t sources, void (*failed)(void *owner, const char *name, const char *message), void *owner);
size_t yara_rule_count(const struct yara_rules *r);
bool yara_parted(const struct yara_rules *r);           /* some file could be taken apart: its rules are left out for content on which they can't match */
bool yara_wants_md5(const struct yara_rules *r);        /* some rule asks for the external md5 */
void yara_rules_free(struct yara_rules *r);

/* One scanner a worker. */
struct yara_scanner;
struct yara_scanner *yara_scanner_new(struct yara_rules *r);
/* What externals hold while this content is scanned; texts are UTF-8, NUL-terminated. filename to md5: as public rule sets expect them (LOKI); path, type: ours. layer: goes into MATCHES. */
/* where: byte *offset of the content lies at *offset of the media; false: not known. May be NULL. */
struct yara_subject { const char *filename, *filepath, *extension, *filetype, *owner, *md5, *path, *type, *origin, *layer; uint64_t size; bool deleted;
	bool (*where)(void *owner, uint64_t *offset); void *where_owner; };
/* A hit frame (RULE, SCORE, SEVERITY, METHOD "yara", WHY, meta fields, RULE_FILE, MATCHES with offset, length, media_offset, text or hex; no LOCATOR) is appended to `out` for each rule that matches; rules in the order
 * of their files and of their place in them. base: offset of bytes[0] in the content. Returns false when the scan ended early (time limit, too many matches): `why` says which. */
bool yara_scan(struct yara_scanner *s, const void *bytes, size_t length, uint64_t base, const struct yara_subject *subject, struct buffer *out, const char **why);
size_t yara_scanner_runs(const struct yara_scanner *s);         /* how often libyara ran for the last content: once for each set of rules of which one may match on it */
void yara_scanner_free(struct yara_scanner *s);

#endif
