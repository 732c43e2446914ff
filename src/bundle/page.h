/* SPDX-License-Identifier: Apache-2.0 */
/* page.h: what the parts of report.html share: a page being written, text of evidence made safe, questions to the database. */
#ifndef SPOOR_BUNDLE_PAGE_H
#define SPOOR_BUNDLE_PAGE_H

#include <sqlite3.h>

#include "bundle/place.h"

struct page { struct buffer html; struct output *out; sqlite3 *db; bool good; };

void page_flush(struct page *p, bool all);                              /* writes what is there: all, or when it is much; trouble: p->good is false */
void page_text(struct page *p, const char *plain);                      /* markup of our own */
void page_base64(struct buffer *out, const uint8_t *bytes, size_t length);
void page_moment(struct page *p, int64_t seconds);                      /* since 1970, as "2024-05-04 10:11:12" */
sqlite3_stmt *page_ask(struct page *p, const char *sql);                /* NULL: trouble, and the page is no longer good */
bool page_row(struct page *p, sqlite3_stmt *s);                         /* the next row; false: none is left, or trouble */
/* Text of evidence or of a rule, made safe: cut where it is long, of locators and other things that one copies (whole) much later. */
void page_evidence(struct page *p, const char *bytes, size_t length, bool whole);
void page_value(struct page *p, sqlite3_stmt *s, int column, bool whole);       /* a column of the row */
/* A table from a question, at most so many rows: headings "name|name|…", the class of a column by its first letter: '#' number, '@' whole and monospace. Returns its rows. */
unsigned page_table(struct page *p, const char *caption, const char *headings, const char *sql, unsigned most);
int64_t page_number(struct page *p, const char *sql);                   /* the one number that a question gives; 0 on trouble */

enum { FINDINGS_SHOWN = 2000 };
/* The section of the findings: rules with what they say of themselves, then each finding. */
void report_findings(struct page *p, const struct report_facts *f);

/* The section of the timeline: histogram, filters and table, and the events themselves, compressed. */
void report_timeline(struct page *p, const struct report_facts *f);

/* ---- events packed for the page's script (pack.c). At most PACK_ROWS rows and about PACK_TEXT bytes of text a block; memory is one block's. */
enum { PACK_ROWS = 32768, PACK_TEXT = 8 << 20, PACK_STRING = 1000 };
enum pack_text { PACK_WHAT, PACK_MESSAGE, PACK_LOCATOR, PACK_HOST, PACK_USER, PACK_TEXTS };
enum pack_flag { PACK_LOCAL = 1, PACK_DELETED = 2, PACK_TAINTED = 4 };
struct pack_row {
	int64_t seconds;                /* not before the row before */
	uint32_t nanoseconds;
	uint8_t kind, flags;
	const char *text[PACK_TEXTS];   /* NULL: none; without line feeds */
	size_t length[PACK_TEXTS];
};
struct pack;
struct pack *pack_new(void);
bool pack_add(struct pack *p, const struct pack_row *r);                /* true: the block is full, take it */
unsigned pack_take(struct pack *p, struct buffer *out);                 /* appends "times.texts" (base64), gives its rows and starts anew; 0: trouble */
void pack_free(struct pack *p);

#endif
