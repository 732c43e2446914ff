/* SPDX-License-Identifier: Apache-2.0 */
/* link.h: links of mail: what a browser would make of them, and where rewriters and redirectors lead. */
#ifndef SPOOR_FORMAT_MAIL_LINK_H
#define SPOOR_FORMAT_MAIL_LINK_H

#include "format/mail/header.h"

enum { LINK_MOST = 8192, LINK_STAGES = 8 };

/* The parts, in place. host: without user, port and brackets. */
struct link { struct mail_text scheme, user, host, path, query, fragment; };
bool link_split(struct mail_text url, struct link *l);          /* false: no "scheme://host" */

/* As a browser reads it: tabs and line ends taken out, "\" as "/", "hxxp" and "[.]" as they are meant, full-width dots, numbers and hex as addresses ("http://3405803785/"),
 * "\\host\share" as "file://host/share". Longer than LINK_MOST is cut. In the arena. */
struct mail_text link_plain(struct mail_text url, struct arena *a);
/* One stage of a rewriter or redirector, undone: *by is its name. False: it is none that is known. `url` as link_plain gives it. */
bool link_unwrap(struct mail_text url, struct mail_text *target, const char **by, struct arena *a);
/* All stages, at most LINK_STAGES: where it leads, plain. *by: name of the first, NULL: none. */
struct mail_text link_target(struct mail_text url, const char **by, struct arena *a);

/* Calls back for each link with a text in HTML: its address (entities decoded, not plain yet) and the text between the tags (tags and white space taken out, at most 512 bytes).
 * Both borrowed for the call. Areas, forms and redirects by meta have no text. tag: "a", "form", "meta", "area", "iframe", "base". */
void link_html(const uint8_t *html, size_t length, void (*use)(void *owner, const char *tag, struct mail_text address, struct mail_text text), void *owner);

#endif
