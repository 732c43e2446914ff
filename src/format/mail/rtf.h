/* SPDX-License-Identifier: Apache-2.0 */
/* rtf.h: the RTF texts of Outlook's messages. */
#ifndef SPOOR_FORMAT_MAIL_RTF_H
#define SPOOR_FORMAT_MAIL_RTF_H

#include "base/memory.h"

/* Compressed RTF ([MS-OXRTFCP]): appends at most `most` bytes. True: it is damaged or cut. */
bool rtf_expand(const uint8_t *bytes, size_t length, size_t most, struct buffer *out);

enum rtf_origin { RTF_ALONE, RTF_OF_HTML, RTF_OF_TEXT };
/* Appends what the RTF was made of, as UTF-8 with lines that end in CR LF: its HTML for RTF_OF_HTML, else its text. Damage ends no sooner than the bytes do. */
enum rtf_origin rtf_unwrap(const uint8_t *rtf, size_t length, struct buffer *out);

#endif
