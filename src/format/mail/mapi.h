/* SPDX-License-Identifier: Apache-2.0 */
/* mapi.h: properties of messages, recipients and attachments as Outlook has them, whatever file they come from, and the message that they make.
 *
 * Numbers of properties are those of [MS-OXPROPS]; types those of [MS-OXCDATA] 2.11.1. */
#ifndef SPOOR_FORMAT_MAIL_MAPI_H
#define SPOOR_FORMAT_MAIL_MAPI_H

#include "base/text.h"
#include "format/node.h"

enum { MAPI_SHORT = 2, MAPI_LONG = 3, MAPI_FLOAT = 4, MAPI_DOUBLE = 5, MAPI_CURRENCY = 6, MAPI_OLE_TIME = 7, MAPI_ERROR = 10, MAPI_BOOLEAN = 11, MAPI_OBJECT = 13,
	MAPI_INTEGER64 = 0x14, MAPI_TEXT8 = 0x1e, MAPI_TEXT16 = 0x1f, MAPI_TIME = 0x40, MAPI_GUID = 0x48, MAPI_BINARY = 0x102 };
enum {
	MAPI_ATTACHED_DATA = 0x3701, MAPI_ATTACH_METHOD = 0x3705,
	/* Named properties of the set PSETID_Common {00062008-0000-0000-C000-000000000046} have this added to their number there. */
	MAPI_COMMON = 0x10000, MAPI_REMINDER_FILE = MAPI_COMMON | 0x851f,
};
enum { MAPI_BY_VALUE = 1, MAPI_EMBEDDED = 5, MAPI_OLE = 6 };     /* of MAPI_ATTACH_METHOD, [MS-OXCMSG] 2.2.2.9 */
enum {
	MAPI_BODY_MAX = 8 << 20,                /* bytes of one text of a message */
	MAPI_ATTACHED_MAX = 32 << 20,           /* bytes of attachments inside one rendered message */
	MAPI_EMBEDDED_MAX = 8,                  /* messages in messages */
};

struct mapi_property { uint32_t id; uint16_t type; const uint8_t *bytes; size_t length; };      /* bytes: the value, little-endian; borrowed */
struct mapi_properties {
	struct mapi_property *property; size_t count, room;
	uint32_t code_page;                     /* of 8-bit texts where the properties do not say */
	struct arena *arena;                    /* of texts and of the list */
};

extern const uint8_t mapi_set_common[16];       /* PSETID_Common as files hold it */
/* Properties from 0x8000 on have numbers that are each file's own; its table of names tells which they are. common: by number - 0x8000 the number in PSETID_Common, else 0. */
enum { MAPI_NAMED = 0x8000 };
struct mapi_names { uint16_t *common; size_t count; };
/* From the streams of [MS-PST] 2.4.7 and [MS-OXMSG] 2.2.3: GUIDs, and 8 bytes a name. The arena keeps what comes of it. */
void mapi_names_load(struct mapi_names *n, const uint8_t *sets, size_t sets_length, const uint8_t *entries, size_t length, struct arena *a);
uint32_t mapi_names_id(const struct mapi_names *n, uint32_t id);       /* MAPI_COMMON | number for those known, else the id as it is */
void mapi_add(struct mapi_properties *p, uint32_t id, unsigned type, const void *bytes, size_t length);
const struct mapi_property *mapi_find(const struct mapi_properties *p, uint32_t id);    /* the first; NULL: not there */
size_t mapi_fixed_size(unsigned type);          /* bytes of a value of this type; 0: its size differs, or the type is none */
uint32_t mapi_number(const struct mapi_properties *p, uint32_t id, uint32_t otherwise);
struct timestamp mapi_time(const struct mapi_properties *p, uint32_t id);               /* TIME_UNSET: not there */
uint32_t mapi_code_page(const struct mapi_properties *p);
/* As UTF-8, without final NULs; NULL and length 0: not there, or no text. In the arena. */
const char *mapi_text(const struct mapi_properties *p, uint32_t id, size_t *length);
const char *mapi_text_of(unsigned type, const uint8_t *bytes, size_t length, uint32_t code_page, struct arena *a, size_t *text_length);
uint32_t mapi_code_page_of_locale(uint32_t locale);     /* the ANSI code page of a Windows language ([MS-LCID]); 1252 for those not in the table */

struct mapi_message {
	const struct mapi_properties *properties, *recipient; size_t recipients;
	bool rtf_damaged; size_t rtf_length;    /* set by mapi_message_begin: the RTF is damaged or cut, so much of it could be read */
};
/* Appends header and bodies as parts between `boundary`; how many. Attachments follow, each begun by mapi_part_begin, then mapi_message_end (any: there was a part). */
unsigned mapi_message_begin(struct buffer *out, struct mapi_message *m, const char *boundary);
void mapi_part_begin(struct buffer *out, const char *boundary);
void mapi_message_end(struct buffer *out, const char *boundary, bool any);

/* The node of a message whose content is `size` bytes of what these made; the step is "row:1" and static. */
void mapi_message_describe(struct node *n, const struct mapi_properties *p, const char *step, uint64_t size);

const char *mapi_attachment_name(const struct mapi_properties *p, size_t *length);      /* NULL: has none */
/* The fields of a part that holds the content of an attachment; the type is `otherwise` where its own says nothing. The caller ends the header. */
void mapi_attachment_head(struct buffer *out, const struct mapi_properties *p, const char *otherwise);
void mapi_attachment_message(struct buffer *out, const struct mapi_properties *p);      /* of a message, up to the content in base64 */
void mapi_attachment_elsewhere(struct buffer *out, const struct mapi_properties *p, uint32_t method);   /* of one whose content lies elsewhere; the whole part */
void mapi_base64(struct buffer *out, const uint8_t *bytes, size_t length);
void mapi_field(struct buffer *out, const char *name, const char *text, size_t length); /* a header field in one line; nothing where the text is empty */

#endif
